"""From what a canary tried to what this machine can isolate, with the reason in words."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ostler.executor.values import Enforcement, Host, LimitSupport, Tier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.executor.host.probing import Failure
    from ostler.executor.linux.hierarchy import Found
    from ostler.executor.linux.reasons import Why

_SECCOMP_STEP = 3  # of what the canary of Landlock does


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
    less = _why_no_landlock(failures[Tier.LANDLOCK])
    also = f"; or, for Landlock at least, {less.remedy}" if less.remedy != remedy else ""
    return Tier.NONE, "; ".join(each for each in (why, less.reason) if each), remedy + also


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


def _forced() -> tuple[str, str]:
    asked = os.environ.get("OSTLER_TIER", "")
    if asked in tuple(Tier):
        return "OSTLER_TIER asks for no better tier", "unset OSTLER_TIER"
    found = f"OSTLER_TIER is {asked!r} and that is no tier"
    return found, f"unset OSTLER_TIER, or make it one of {', '.join(Tier)}"


def _why_not_root(failure: Failure) -> tuple[str, str]:
    from ostler.executor.linux import reasons, said

    return _forced() if failure["phase"] == "forced" else reasons.no_root(said.gather(), failure["errno"])


def _why_no_namespaces(failure: Failure) -> tuple[str, str]:
    from ostler.executor.linux import reasons, said
    from ostler.executor.planning import root

    if failure["phase"] == "forced":
        return _forced()
    facts, number = said.gather(), failure["errno"]
    place = failure["index"] - 1  # before the root is put together, the user is mapped
    if failure["phase"] == "clone" or place < 0:
        return reasons.no_user_namespace(facts, number)
    step = root.empty("", privileged=False)[place]
    return reasons.no_mounts(facts, number, step.get("kind", ""))


def _why_no_landlock(failure: Failure) -> Why:
    from ostler.executor.linux import reasons, said

    if failure["phase"] == "forced":
        return reasons.Why("", _forced()[1])
    facts, number = said.gather(), failure["errno"]
    if failure["index"] == _SECCOMP_STEP:
        return reasons.no_call(facts, number, "seccomp", "3.5 with CONFIG_SECCOMP_FILTER")
    return reasons.no_landlock(facts, number)
