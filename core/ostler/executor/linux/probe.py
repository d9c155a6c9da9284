"""Find out by trying what this machine can isolate, and put the reason into words."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from ostler.executor import root
from ostler.executor.account import find
from ostler.executor.linux import syscalls
from ostler.executor.survey import Survey
from ostler.executor.values import Enforcement, Host, Isolation, LimitSupport, Tier

if TYPE_CHECKING:
    from ostler.executor.linux.hierarchy import Found

    Failure = dict[str, Any]

_NAMESPACES = ("mount", "pid", "ipc", "uts")
_PATIENCE_SECONDS = 10
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


def probe(found: Found) -> Host:
    """Try the tiers, best first; the cgroups were found before."""
    if not syscalls.supported():
        return _host(
            Tier.NONE, f"the system calls of {os.uname().machine} are not known to Ostler", "", found
        )
    as_root, as_user = _try([_trial(Tier.ROOT), _trial(Tier.USERNS)])
    if as_root is None:
        return _host(Tier.ROOT, "", "", found)
    why, remedy = _why_not_root(as_root)
    if as_user is None:
        return _host(Tier.USERNS, why, remedy, found)
    why, remedy = _why_no_namespaces(as_user)
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
    )


def _trial(tier: Tier) -> dict[str, Any]:
    caller = find("")
    survey = Survey(directory="/", executable="", user=caller, caller=caller)
    host = Host(tier=tier)
    anywhere = os.path.realpath("/tmp")  # noqa: S108 - it is mounted over, for the canary alone
    steps = root.steps(Isolation(namespaces=frozenset(_NAMESPACES)), survey, host, at=anywhere)
    ids = (caller.uid, caller.gid)
    if tier is Tier.ROOT:
        return {"namespaces": _NAMESPACES, "build": steps}
    mapping = {"do": "map_user", "inside": ids, "outside": ids}
    return {"namespaces": ("user", *_NAMESPACES), "build": [mapping, *steps]}


def _try(trials: list[dict[str, Any]]) -> list[Failure | None]:
    canary = os.path.join(os.path.dirname(syscalls.__file__), "canary.py")
    command = [sys.executable or "python3", "-I", "-S", canary]
    done = subprocess.run(
        command,
        input=json.dumps(trials).encode(),
        capture_output=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        return [{"phase": "canary", "index": 0, "errno": errno.EIO}] * len(trials)
    answer: list[Failure | None] = json.loads(done.stdout)
    return answer


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
