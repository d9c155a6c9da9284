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


def host(found: Found, failures: Mapping[str, Failure]) -> Host:
    """Say what the best tier is that didn't fail, and why it is no better one; with the cgroups found."""
    if Tier.ROOT not in failures:
        return _host(Tier.ROOT, "", "", found)
    if failures[Tier.ROOT]["phase"] == "machine":
        why = f"the system calls of {os.uname().machine} are not known to Ostler"
        return _host(Tier.NONE, why, "", found)
    why, remedy = _why_not_root(failures[Tier.ROOT])
    if Tier.USERNS not in failures:
        return _host(Tier.USERNS, why, remedy, found)
    why, remedy = _why_no_namespaces(failures[Tier.USERNS])
    return _host(Tier.NONE, why, remedy, found)


def _host(tier: Tier, reason: str, remedy: str, found: Found) -> Host:
    reasons = "; ".join(each for each in (reason, found.reason) if each)
    return Host(
        tier=tier,
        reason=reasons,
        remedy=remedy,
        cgroups=found.generation,
        limits=_support(found),
        platform=sys.platform,
    )


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
    if os.geteuid() != 0:
        return (
            f"user {os.geteuid()} is not root",
            "run as root for namespaces and cgroups without a user namespace",
        )
    return f"root lacks CAP_SYS_ADMIN here ({_word(failure)})", "give the container CAP_SYS_ADMIN"


def _why_no_namespaces(failure: Failure) -> tuple[str, str]:
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


def _word(failure: Failure) -> str:
    return errno.errorcode.get(failure["errno"], str(failure["errno"]))


def _setting(path: str) -> str:
    try:
        with open(path, encoding="ascii") as source:
            return source.read().strip()
    except OSError:
        return ""
