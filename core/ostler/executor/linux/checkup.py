"""What a machine gives to isolation, piece by piece: each tried, and what is missing told with its remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ostler.executor.linux.hierarchy import Found
    from ostler.executor.linux.reasons import Why
    from ostler.executor.linux.said import Said
    from ostler.executor.values import Enforcement, Host

_PROGRAM: Final = os.path.join(os.path.dirname(__file__), "examine.py")
_PATIENCE_SECONDS: Final = 30
_CONTROLLERS: Final = ("memory", "cpu", "pids", "cpuset")
_SINCE: Final = {
    "pidfd": ("pidfd_open", "5.3"),
    "clone3": ("clone3", "5.3"),
    "clone into a cgroup": ("CLONE_INTO_CGROUP", "5.7"),
    "close_range": ("close_range", "5.9"),
    "seccomp": ("seccomp", "3.5 with CONFIG_SECCOMP_FILTER"),
    "session keyring": ("keyctl", "2.6.10 with CONFIG_KEYS"),
}
_FOR_MOUNTS: Final = frozenset({"bind mount", "devpts", "mount namespace", "proc", "pivot_root", "tmpfs"})
_NO_COMPILER: Final = (
    "install Ostler where there is a C compiler, or its wheel for this machine; "
    "in a checkout that was changed since, install it again"
)


class Capability(NamedTuple):
    """One thing that isolation is made of: whether it is there, what was found, what mends it.

    ``found`` says how it is had where it is there, why not where it isn't.
    """

    name: str
    there: bool
    found: str = ""
    remedy: str = ""


class Try(NamedTuple):
    """How one try went: in which way (``plain``, ``user``), what failed, the error number, a remark."""

    name: str
    way: str
    phase: str
    number: int
    remark: str


def examine(host: Host, found: Found) -> tuple[Capability, ...]:
    """Try what isolation is made of; takes some tenths of a second and leaves nothing behind."""
    from ostler.executor.linux import said

    group = found.parents.get("unified", "")
    tries = _tried(group if found.generation == "v2" else "")
    return (*report(tries, said.gather()), *_groups(host, found), *_made())


def report(tries: list[Try], facts: Said) -> list[Capability]:
    """Tell the tries in words: what worked in any of its ways is there."""
    by_name: dict[str, list[Try]] = {}
    for each in tries:
        by_name.setdefault(each.name, []).append(each)
    mounting = by_name["tmpfs"][-1].number == 0 if "tmpfs" in by_name else False
    return [_capability(name, ways, facts, mounting=mounting) for name, ways in by_name.items()]


def _capability(name: str, ways: list[Try], facts: Said, *, mounting: bool) -> Capability:
    last = ways[-1]
    if last.number == 0:
        inside = "in a user namespace" if last.way == "user" and name != "user namespace" else ""
        return Capability(name, there=True, found=inside or _remark(last))
    why = _why(ways, facts, name if mounting else "")
    return Capability(name, there=False, found=why.reason, remedy=why.remedy)


def _remark(one: Try) -> str:
    if one.name == "landlock":
        return f"ABI {one.remark}"
    return f"open files, from {one.remark}" if one.name == "raising limits" else ""


def _why(ways: list[Try], facts: Said, kind: str) -> Why:
    from ostler.executor.linux import reasons

    last = ways[-1]
    if last.name in _SINCE:
        return reasons.no_call(facts, last.number, *_SINCE[last.name])
    alone = {
        "landlock": reasons.no_landlock,
        "other users": reasons.no_change_of_user,
        "raising limits": reasons.no_raising,
    }
    if last.name in alone:
        return alone[last.name](facts, last.number)
    inside = _why_not_inside(last, facts, kind)
    if last.name == "user namespace" or facts.user != 0 or facts.filtered:
        return inside
    plain = reasons.no_root(facts, ways[0].number)
    return reasons.Why(f"{plain.reason}; {inside.reason}", f"{plain.remedy}; or {inside.remedy}")


def _why_not_inside(one: Try, facts: Said, kind: str) -> Why:
    from ostler.executor.linux import reasons

    if one.name in _FOR_MOUNTS and one.phase == "act":
        return reasons.no_mounts(facts, one.number, kind)
    return reasons.no_user_namespace(facts, one.number)


def _groups(host: Host, found: Found) -> list[Capability]:
    """Tell the cgroup controllers, one by one."""
    limits = {"memory": host.limits.memory, "cpu": host.limits.cpu, "pids": host.limits.pids}
    rows = [_controller(each, found, limits.get(each)) for each in _CONTROLLERS]
    if found.generation in {"v1", "hybrid"}:
        return [*rows, _controller("freezer", found, None)]
    return rows


def _controller(name: str, found: Found, word: Enforcement | None) -> Capability:
    title = f"cgroup {name}"
    if name in found.controllers or (name == "freezer" and name in found.parents):
        at = found.parents.get(name) or found.parents.get("unified", "")
        return Capability(title, there=True, found=f"{found.generation}, {at}")
    instead = f"; what it would limit is {word} instead" if word else ""
    if found.reason:
        reason = f"{found.reason}{instead}"
    else:
        reason = f"no group of ours has the controller {name} (cgroups are {found.generation}){instead}"
    return Capability(title, there=False, found=reason, remedy=_DELEGATE)


_DELEGATE: Final = (
    "run as root, or in a delegated cgroup (systemd-run --user --scope -p Delegate=yes), with /sys/fs/cgroup "
    "writable in a container"
)


def _made() -> list[Capability]:
    """Tell which launcher is in use, and with it which init: what was compiled, or what takes its place."""
    from ostler.executor.linux import launch

    used = launch.kind() == launch.COMPILED
    asked = os.environ.get("OSTLER_LAUNCHER", launch.COMPILED)
    remedy = _NO_COMPILER if asked == launch.COMPILED else "unset OSTLER_LAUNCHER"
    return [
        _part(
            "launcher in C", "the one in Python starts tasks, some milliseconds slower", remedy, there=used
        ),
        _part("init in C", "a forked Python stands for each task, about 2.5 MB each", remedy, there=used),
    ]


def _part(name: str, instead: str, remedy: str, *, there: bool) -> Capability:
    return Capability(name, there=there, found="" if there else instead, remedy="" if there else remedy)


def _tried(group: str) -> list[Try]:
    command = [sys.executable or "python3", "-I", "-S", _PROGRAM, *([group] if group else [])]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return [
        Try(name, way, phase, int(number), remark)
        for name, way, phase, number, remark in (line.split("\t") for line in lines)
    ]
