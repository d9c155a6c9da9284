"""What the tasks of `exec` and `raw_exec` may use: from resources and config to the limits of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from ostler.drivers import Enforcement, LimitSupport
from ostler.executor import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from attrs import Attribute

    from ostler.drivers import DriverContext, Task
    from ostler_drivers.command_settings import CommandSettings

_ENFORCED: Final = Enforcement.ENFORCED
_WATCHED: Final = Enforcement.WATCHED
BEST: Final = LimitSupport(
    memory=_ENFORCED,
    memory_soft=_ENFORCED,
    cpu=_ENFORCED,
    cores=_ENFORCED,
    pids=_ENFORCED,
    timeout=_WATCHED,
    cpu_hard=_ENFORCED,
    open_files=_ENFORCED,
    core=_ENFORCED,
    disk=_WATCHED,
    inodes=_WATCHED,
    output=_WATCHED,
)
_POSITIVE: Final = ("open_files_limit", "disk_limit", "inodes_limit", "output_limit")


def is_no_less_than_zero(_: object, field: Attribute[Any], number: int) -> None:
    """Check the most that a plugin allows, where 0 sets no limit."""
    if number < 0:
        msg = f"expected a number from 0 on, found {number}"
        raise ValueError(msg, field)


def limits_of(task: Task, pids_limit: int, context: DriverContext) -> Limits:
    """Gather what the task may use; the plugin's pids limit (0: none) caps the task's own.

    Reserves the cores that it asks for.
    """
    config: CommandSettings = task.config
    support = context.executor.host().limits
    cores = task.resources.cores if support.cores is _ENFORCED else 0
    mhz = task.resources.cpu_mhz or cores * _core_mhz(context)
    return Limits(
        memory_bytes=task.resources.memory_limit_bytes,
        memory_soft_bytes=task.resources.memory_soft_bytes,
        cpu_shares=mhz or None,
        cores=context.executor.reserve_cores(task.id, cores) if cores else None,
        cpus=None if cores or not config.cpu_hard_limit else mhz / (_core_mhz(context) or mhz),
        pids=config.pids_limit or pids_limit or None,
        timeout_seconds=config.timeout,
        open_files=config.open_files_limit,
        core_bytes=config.core_limit,
        disk_bytes=config.disk_limit,
        inodes=config.inodes_limit,
        output_bytes=config.output_limit,
    )


def told(environment: Mapping[str, str], limits: Limits) -> Mapping[str, str]:
    """Tell a task which cores are its own, as Nomad does."""
    return {**environment, "NOMAD_CPU_CORES": limits.cores} if limits.cores else environment


def offered(held: LimitSupport) -> LimitSupport:
    """Promise of what the executor holds here no more than these drivers ask it for."""
    order = list(Enforcement)
    words = {
        field.name: max(getattr(held, field.name), getattr(BEST, field.name), key=order.index)
        for field in attrs.fields(LimitSupport)
    }
    return LimitSupport(**words)


def in_words(support: LimitSupport) -> str:
    """Say how well each limit holds: ``cpu, memory enforced; pids watched``."""
    by_word: dict[str, list[str]] = {}
    for field in attrs.fields(LimitSupport):
        by_word.setdefault(str(getattr(support, field.name)), []).append(field.name)
    return "; ".join(f"{', '.join(names)} {word}" for word, names in by_word.items())


def problems(config: CommandSettings, pids_limit: int, context: DriverContext) -> Iterator[str]:
    """List the limits that the types of the settings can't tell to be wrong."""
    if config.timeout is not None and config.timeout <= 0:
        yield f"config.timeout: must be longer than nothing, found {config.timeout:g} s"
    if config.pids_limit is not None and not 0 < config.pids_limit <= (pids_limit or config.pids_limit):
        most = f"1 to {pids_limit}" if pids_limit else "at least 1"
        yield f"config.pids_limit: found {config.pids_limit}, allowed is {most} (the plugin's pids_limit)"
    for name in _POSITIVE:
        value = getattr(config, name)
        if value is not None and value < 1:
            yield f"config.{name}: must be at least 1, found {value}; leave it out for no limit"
    if config.core_limit < 0:
        yield f"config.core_limit: must be at least 0, found {config.core_limit}"
    if config.cpu_hard_limit and not _core_mhz(context):
        yield (
            "config.cpu_hard_limit: this machine does not say how many MHz its processors have, of which "
            "resources.cpu would be a part; reserve whole ones with resources.cores"
        )


def _core_mhz(context: DriverContext) -> int:
    found = context.node.get("attr.cpu.frequency", "")
    return int(found) if found.isdecimal() else 0
