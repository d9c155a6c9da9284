"""What the system says of itself where it refuses something: settings, security modules, capabilities."""

from __future__ import annotations

import os
from typing import NamedTuple


class Said(NamedTuple):
    """What reasons are told from.

    ``settings`` holds sysctls by name, ``profile`` the AppArmor profile of this process (empty when
    unconfined), ``modules`` the security modules chosen at boot, ``capabilities`` one bit for each.
    ``filtered`` tells whether system calls are filtered by seccomp.
    """

    user: int
    capabilities: int
    filtered: bool
    profile: str
    modules: tuple[str, ...]
    settings: dict[str, str]
    machine: str
    release: str


SETTINGS = (
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.unprivileged_userns_clone",
    "user.max_user_namespaces",
)


def gather() -> Said:
    """Read them; what can't be read counts as not there."""
    status = dict(line.split(":\t", 1) for line in _read("/proc/self/status").splitlines() if ":\t" in line)
    profile = _read("/proc/self/attr/apparmor/current") or _read("/proc/self/attr/current")
    system = os.uname()
    return Said(
        user=os.geteuid(),
        capabilities=int(status.get("CapEff", "0"), 16),
        filtered=status.get("Seccomp", "0").strip() == "2",
        profile=profile.rstrip("\0").partition(" ")[0].replace("unconfined", ""),
        modules=tuple(part for part in _read("/sys/kernel/security/lsm").split(",") if part),
        settings={name: text for name in SETTINGS if (text := _read(f"/proc/sys/{name.replace('.', '/')}"))},
        machine=system.machine,
        release=system.release,
    )


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as source:
            return source.read().strip()
    except OSError:
        return ""
