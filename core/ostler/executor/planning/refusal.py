"""What a machine can't give refuses the start, with the remedy, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ostler.errors import RefusedError
from ostler.executor.capabilities import CAPABILITIES
from ostler.executor.planning import landlock, network
from ostler.executor.values import Enforcement

if TYPE_CHECKING:
    from collections.abc import Collection

    from ostler.executor.values import Command, Host, Isolation, Limits, LimitSupport

_NAMESPACES = frozenset({"ipc", "mount", "pid", "uts"})
_MAY_BE_ZERO = frozenset({"core_bytes", "cpu_shares"})
_UNHELD = (
    "run where cgroups can be written (as root, or in a delegated cgroup), leave it out, or accept that: "
    'Command(best_effort=True), which is limits = "best_effort" in a plugin block'
)
_TOO_MUCH = 2**63  # for the kernel, which takes it for something else
_HELD = frozenset({Enforcement.ENFORCED, Enforcement.WATCHED})


def check(command: Command, host: Host, directory: str) -> None:
    """Raise RefusedError with everything that is asked for and can't be had here."""
    problems = [*_words(command.isolation), *_tier(command, host), *network.refused(command, host)]
    problems += landlock.refused(command, host, directory)
    if not command.best_effort:
        problems += _limits(command.limits, host.limits)
    problems += _amounts(command)
    if problems:
        raise RefusedError("\n".join(problems))


def _words(isolation: Isolation) -> list[str]:
    """Refuse names that are none, and paths that depend on where somebody stands."""
    relative = [
        f"mount {path!r}: write the absolute path"
        for mount in isolation.root
        for path in (mount.source, mount.target)
        if not path.startswith("/")
    ]
    capabilities = isolation.capabilities | isolation.ambient
    return [
        *_unknown("namespace", isolation.namespaces, _NAMESPACES),
        *_unknown("capability", capabilities, CAPABILITIES.keys()),
        *relative,
        *_unused("root", isolation.root, "mount", isolation),
        *_unused("hostname", isolation.hostname, "uts", isolation),
    ]


def _unused(name: str, value: object, namespace: str, isolation: Isolation) -> list[str]:
    """Refuse what would do nothing, and let its caller believe that it does."""
    if not value or namespace in isolation.namespaces or isolation.namespaces - _NAMESPACES:
        return []
    found = ", ".join(sorted(isolation.namespaces)) or "none"
    return [
        (
            f"Isolation.{name} needs the namespace {namespace!r}, and namespaces holds {found}; "
            f"add it, or leave {name} out"
        )
    ]


def _unknown(kind: str, names: frozenset[str], known: Collection[str]) -> list[str]:
    return [
        f"{kind} {name!r} is not known; {_meant(name, known)}" for name in sorted(names.difference(known))
    ]


def _meant(name: str, known: Collection[str]) -> str:
    from ostler.nearest import nearest

    guess = nearest(name.lower().removeprefix("cap_"), known)
    return f"did you mean {guess!r}?" if guess else f"use {', '.join(sorted(known))}"


def _tier(command: Command, host: Host) -> list[str]:
    minimum = command.isolation.minimum
    if not command.isolation.namespaces or host.tier.reaches(minimum):
        return []
    remedy = f"; {host.remedy}" if host.remedy else ""
    return [
        (
            f"isolation {minimum.value!r} is asked for and {host.tier.value!r} is what there is: "
            f"{host.reason}{remedy}"
        )
    ]


def _limits(limits: Limits, support: LimitSupport) -> list[str]:
    asked = {
        "memory": (limits.memory_bytes, support.memory),
        "memory_max": (limits.memory_soft_bytes, support.memory_soft),
        "cores": (limits.cores, support.cores),
        "pids": (limits.pids, support.pids),
        "timeout": (limits.timeout_seconds, support.timeout),
        "cpu_hard": (limits.cpus, support.cpu_hard),
        "open_files": (limits.open_files, support.open_files),
        "core": (limits.core_bytes or None, support.core),
        "disk": (limits.disk_bytes, support.disk),
        "inodes": (limits.inodes, support.inodes),
        "output": (limits.output_bytes, support.output),
    }
    return [
        f"limit {name} = {value} is asked for and would be {word.value} here; {_UNHELD}"
        for name, (value, word) in asked.items()
        if value is not None and word not in _HELD
    ]


def _amounts(command: Command) -> list[str]:
    """Refuse what no machine can hold: an amount that is none, a disk without a directory."""
    amounts = attrs.asdict(command.limits)
    given = {name: value for name, value in amounts.items() if isinstance(value, int | float)}
    wrong = [
        f"limit {name} = {value}: must be more than 0"
        for name, value in given.items()
        if not (value > 0 or (value == 0 and name in _MAY_BE_ZERO))  # which is also said of what is no number
    ]
    wrong += [
        f"limit {name} = {value}: must be less than {_TOO_MUCH}; leave it out for no limit"
        for name, value in given.items()
        if value >= _TOO_MUCH
    ]
    if (amounts["disk_bytes"] or amounts["inodes"]) and not command.disk:
        wrong.append("a limit on the disk is asked for, and no directory is named in Command.disk")
    return wrong
