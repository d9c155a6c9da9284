"""From what a canary tried to what this machine can isolate, with the reason in words."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

from ostler.executor.values import Enforcement, Host, LimitSupport, Tier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.executor.early import Failure
    from ostler.executor.linux.hierarchy import Found

_SETTINGS = (
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone", "1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "kernel.apparmor_restrict_unprivileged_userns",
        "0",
    ),
    ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces", "15000"),
)
_FORCED = ("OSTLER_TIER asks for no better tier", "unset OSTLER_TIER")


def host(found: Found, failures: Mapping[str, Failure], landlock: int = 0) -> Host:
    """Say what the best tier is that didn't fail, and why it is no better one; with the cgroups found."""
    tier, why, remedy = _best(failures)
    return Host(
        tier=tier,
        reason="; ".join(each for each in (why, found.reason) if each),
        remedy=remedy,
        cgroups=found.generation,
        limits=_support(found),
        platform=sys.platform,
        landlock=landlock,
    )


def _best(failures: Mapping[str, Failure]) -> tuple[Tier, str, str]:
    if Tier.ROOT not in failures:
        return Tier.ROOT, "", ""
    if failures[Tier.ROOT]["phase"] == "machine":
        return Tier.NONE, f"the system calls of {os.uname().machine} are not known to Ostler", ""
    if Tier.USERNS not in failures:
        return Tier.USERNS, *_why_not_root(failures[Tier.ROOT])
    why, remedy = _why_no_namespaces(failures[Tier.USERNS])
    if Tier.LANDLOCK not in failures:
        return Tier.LANDLOCK, why, remedy
    return Tier.NONE, f"{why}; {_why_no_landlock(failures[Tier.LANDLOCK])}", remedy


def _support(found: Found) -> LimitSupport:
    def word(controller: str, otherwise: Enforcement) -> Enforcement:
        return Enforcement.ENFORCED if controller in found.controllers else otherwise

    return LimitSupport(
        memory=word("memory", Enforcement.WATCHED),
        memory_soft=word("memory", Enforcement.IGNORED),
        cpu=word("cpu", Enforcement.IGNORED),
        cores=word("cpuset", Enforcement.IGNORED),
        pids=word("pids", Enforcement.WATCHED),
        timeout=Enforcement.WATCHED,
        cpu_hard=Enforcement.ENFORCED if _has_quota(found) else Enforcement.IGNORED,
        open_files=Enforcement.ENFORCED,
        core=Enforcement.ENFORCED,
        disk=Enforcement.WATCHED,
        inodes=Enforcement.WATCHED,
        output=Enforcement.WATCHED,
    )


def _has_quota(found: Found) -> bool:
    """Tell whether the kernel was built to hold a group back: not every one is."""
    return "cpu" in found.controllers and any(
        os.path.exists(os.path.join(parent, name))
        for parent in found.parents.values()
        for name in ("cpu.cfs_quota_us", "cpu.max")
    )


def _why_not_root(failure: Failure) -> tuple[str, str]:
    if failure["phase"] == "forced":
        return _FORCED
    if os.geteuid() != 0:
        return (
            f"user {os.geteuid()} is not root",
            "run as root for namespaces and cgroups without a user namespace",
        )
    return f"root lacks CAP_SYS_ADMIN here ({_word(failure)})", "give the container CAP_SYS_ADMIN"


def _why_no_namespaces(failure: Failure) -> tuple[str, str]:
    if failure["phase"] == "forced":
        return _FORCED
    for path, bad, name, good in _SETTINGS:
        if _setting(path) == bad:
            return f"user namespaces are denied by {name} = {bad}", f"sysctl -w {name}={good}"
    if failure["phase"] == "clone":
        why = f"user namespaces are denied ({_word(failure)})"
        return (
            why,
            "run as root, or allow the clone and unshare system calls in the container's seccomp profile",
        )
    why = f"mounting in a user namespace is denied ({_word(failure)})"
    return why, "run as root, or allow mounts and an unmasked /proc in the container or its AppArmor profile"


def _why_no_landlock(failure: Failure) -> str:
    if failure["phase"] == "forced":
        return "nor Landlock"
    return (
        f"Landlock can't be had ({_word(failure)}), which takes Linux 5.13 with it among its security modules"
    )


def _word(failure: Failure) -> str:
    return errno.errorcode.get(failure["errno"], str(failure["errno"]))


def _setting(path: str) -> str:
    try:
        with open(path, encoding="ascii") as source:
            return source.read().strip()
    except OSError:
        return ""
