"""The limits of a task as cgroups hold them, and those that have to be watched."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ostler.executor.values import Enforcement, Limits, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ostler.executor.values import Command, LimitSupport

    Step = dict[str, Any]

UNIFIED = "unified"
_ENFORCED = Enforcement.ENFORCED
_LEAST_SHARES, _MOST_SHARES, _MOST_WEIGHT = 2, 262144, 10000
_LONGEST_NAME = 200
PERIOD_MICROSECONDS = 100_000  # the kernel's own, of either generation
_LEAST_QUOTA = 1000


def groups(
    name: str,
    directory: str,
    limits: Limits,
    parents: Mapping[str, str],
    *,
    dies_with_init: bool = False,
) -> dict[str, str]:
    """Name the task's group below each parent, apart from those of other data directories and names like it.

    A cpuset is only for a task that asks for cores, a freezer for one whose processes can outlive its init.
    """
    unwanted = {"cpuset": not limits.cores, "freezer": dies_with_init}
    folder = re.sub(r"[^A-Za-z0-9._-]", ".", name)[-_LONGEST_NAME:].lstrip(".") or "task"
    wanted = {key: path for key, path in parents.items() if not unwanted.get(key)}
    whole = f"{directory}\0{name}".encode("utf-8", "surrogatepass")
    own = f"{folder}.{binascii.crc32(whole):08x}"
    return {key: f"{path}/{own}" for key, path in wanted.items()}


def steps(limits: Limits, cgroups: Mapping[str, str]) -> Iterator[Step]:
    """Plan the making of the groups and the writing of their limits."""
    for path in sorted(set(cgroups.values())):
        yield {"do": "make_group", "path": path}
    if UNIFIED in cgroups:
        yield from _unified(limits, cgroups[UNIFIED])
        return
    for controller, written in _WRITERS.items():
        if controller in cgroups:
            yield from written(limits, cgroups[controller])


def open_groups(cgroups: Mapping[str, str]) -> list[Step]:
    """Plan the opening of each group's list of members.

    Version 1 lists threads too.  Who joins has only one, and adding that one does not have to wait, 10 ms
    and more, until nothing on the machine forks.
    """
    members = "cgroup.procs" if UNIFIED in cgroups else "tasks"
    paths = sorted(set(cgroups.values()))
    return [{"do": "open_group", "path": path, "members": members} for path in paths]


def without_groups(support: LimitSupport) -> LimitSupport:
    """Say what still holds for a task that is in somebody else's groups."""
    watched, ignored = Enforcement.WATCHED, Enforcement.IGNORED
    lost = dict.fromkeys(("memory_soft", "cpu", "cores", "cpu_hard"), ignored)
    return evolve(support, memory=watched, pids=watched, **lost)


def held(limits: Limits, support: LimitSupport) -> Limits:
    """Leave only what the kernel holds here."""
    return Limits(
        memory_bytes=limits.memory_bytes if support.memory is _ENFORCED else None,
        memory_soft_bytes=limits.memory_soft_bytes if support.memory_soft is _ENFORCED else None,
        cpu_shares=limits.cpu_shares if support.cpu is _ENFORCED else None,
        cores=limits.cores if support.cores is _ENFORCED else None,
        pids=limits.pids if support.pids is _ENFORCED else None,
        cpus=limits.cpus if support.cpu_hard is _ENFORCED else None,
    )


def watched(limits: Limits, support: LimitSupport) -> dict[str, int]:
    """Give what Ostler has to measure here."""
    wanted = {
        "memory_bytes": (limits.memory_bytes, support.memory),
        "pids": (limits.pids, support.pids),
    }
    return {
        name: value
        for name, (value, word) in wanted.items()
        if value is not None and word is Enforcement.WATCHED
    }


def metered(command: Command, support: LimitSupport) -> dict[str, Any]:
    """Give what the supervisor has to count or to measure of a task, on any system."""
    limits = command.limits
    wanted = {
        "disk_bytes": (limits.disk_bytes, support.disk),
        "inodes": (limits.inodes, support.inodes),
        "output_bytes": (limits.output_bytes, support.output),
    }
    found: dict[str, Any] = {
        name: value
        for name, (value, word) in wanted.items()
        if value is not None and word is Enforcement.WATCHED
    }
    if "output_bytes" in found:
        found["outputs"] = sorted({path_of(command.stdout), path_of(command.stderr)} - {"/dev/null"})
    if found.keys() & {"disk_bytes", "inodes"}:
        found["disk"] = list(command.disk)
    return found


def quota(cpus: float) -> int:
    """Turn processors into microseconds of each period."""
    return max(_LEAST_QUOTA, round(cpus * PERIOD_MICROSECONDS))


def weight(shares: int) -> int:
    """Turn cpu shares into the weight of cgroup v2, on the line through both ends of either scale."""
    clamped = min(max(shares, _LEAST_SHARES), _MOST_SHARES)
    return 1 + (clamped - _LEAST_SHARES) * (_MOST_WEIGHT - 1) // (_MOST_SHARES - _LEAST_SHARES)


def _unified(limits: Limits, path: str) -> Iterator[Step]:
    if limits.memory_bytes is not None:
        yield _write(path, "memory.max", limits.memory_bytes)
        yield {**_write(path, "memory.swap.max", 0), "optional": True}
    if limits.memory_soft_bytes is not None:
        yield _write(path, "memory.low", limits.memory_soft_bytes)
    if limits.cpu_shares is not None:
        yield _write(path, "cpu.weight", weight(limits.cpu_shares))
    if limits.cpus is not None:
        yield _write(path, "cpu.max", f"{quota(limits.cpus)} {PERIOD_MICROSECONDS}")
    if limits.pids is not None:
        yield _write(path, "pids.max", limits.pids)
    if limits.cores is not None:
        yield _write(path, "cpuset.cpus", limits.cores)


def _memory(limits: Limits, path: str) -> Iterator[Step]:
    if limits.memory_bytes is not None:
        yield {**_write(path, "memory.swappiness", 0), "optional": True}
        yield _write(path, "memory.limit_in_bytes", limits.memory_bytes)
        yield {**_write(path, "memory.memsw.limit_in_bytes", limits.memory_bytes), "optional": True}
    if limits.memory_soft_bytes is not None:
        yield _write(path, "memory.soft_limit_in_bytes", limits.memory_soft_bytes)


def _cpu(limits: Limits, path: str) -> Iterator[Step]:
    if limits.cpu_shares is not None:
        shares = min(max(limits.cpu_shares, _LEAST_SHARES), _MOST_SHARES)
        yield _write(path, "cpu.shares", shares)
    if limits.cpus is not None:
        yield _write(path, "cpu.cfs_quota_us", quota(limits.cpus))


def _pids(limits: Limits, path: str) -> Iterator[Step]:
    if limits.pids is not None:
        yield _write(path, "pids.max", limits.pids)


def _cpuset(limits: Limits, path: str) -> Iterator[Step]:
    yield {"do": "copy", "source": f"{path.rpartition('/')[0]}/cpuset.mems", "path": f"{path}/cpuset.mems"}
    if limits.cores is not None:
        yield _write(path, "cpuset.cpus", limits.cores)


def _write(path: str, name: str, value: object) -> Step:
    return {"do": "write", "path": f"{path}/{name}", "text": str(value)}


_WRITERS = {"memory": _memory, "cpu": _cpu, "pids": _pids, "cpuset": _cpuset}
