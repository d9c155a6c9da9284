"""Ways in which a machine denies isolation, each for real, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

DENYING = Path(__file__).with_name("denying.py")
NO_NAMESPACES = 'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set -sys_admin "$@"'

COVERED_PROC = 'mount --bind /dev/null /proc/cpuinfo && exec setpriv --bounding-set -sys_admin "$@"'


class Denial(NamedTuple):
    """What to run a command under, and what has to be said there."""

    prefix: tuple[str, ...]
    reason: str
    remedy: str
    root: bool = False

    def words(self) -> list[str]:
        return list(self.prefix)

    def can_not(self) -> str:
        """Say why this can't be denied here; empty where it can."""
        if self.root and os.geteuid() != 0:
            return "only root can lose a capability"
        if shutil.which(self.prefix[0]) is None:
            return f"there is no {self.prefix[0]}"
        tried = subprocess.run([*self.prefix, "/bin/true"], capture_output=True, text=True, check=False)
        return tried.stderr


def _filter(names: str) -> tuple[str, ...]:
    return (sys.executable, "-I", str(DENYING), names)


DENIALS = {
    "root without CAP_SYS_ADMIN": Denial(
        ("setpriv", "--bounding-set", "-sys_admin"),
        "root lacks CAP_SYS_ADMIN here (EPERM)",
        "give the container CAP_SYS_ADMIN",
        root=True,
    ),
    "no user namespace by sysctl": Denial(
        ("unshare", "-Ur", "sh", "-c", NO_NAMESPACES, "sh"),
        "user namespaces are denied by user.max_user_namespaces = 0",
        "sysctl -w user.max_user_namespaces=15000",
    ),
    "no namespace by seccomp": Denial(
        _filter("namespaces"),
        "the seccomp filter on this process seems to deny clone and unshare (EPERM)",
        "allow clone and unshare in the container's seccomp profile",
    ),
    "no mount by seccomp": Denial(
        _filter("mounts"),
        "mounting is denied: the seccomp filter on this process seems to deny mount",
        "allow mount, umount2, mount_setattr and pivot_root in the container's seccomp profile",
    ),
    "a covered /proc": Denial(
        ("unshare", "-Urmpf", "--mount-proc", "sh", "-c", COVERED_PROC, "sh"),
        "mounting a /proc is denied, because parts of the one here are covered (EPERM)",
        "systempaths=unconfined",
    ),
    "nothing at all by seccomp": Denial(
        _filter("namespaces,mounts,landlock"),
        "has no Landlock, or a filter hides it (ENOSYS)",
        "or, for Landlock at least, run Linux 5.13 or newer",
    ),
}
