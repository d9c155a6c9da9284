"""Resource limits of single processes: what may be asked for here, and what is given instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.executor.values import Limits

    Step = dict[str, Any]


def steps(limits: Limits, ceilings: Mapping[str, int]) -> list[Step]:
    """Plan the limits of the main process, as far as they may be set."""
    return [
        {"do": "limit", "name": name, "value": min(value, ceilings.get(name, value))}
        for name, value in _wanted(limits).items()
    ]


def remarks(limits: Limits, ceilings: Mapping[str, int]) -> list[str]:
    """Say which of them are lower than asked for."""
    words = {"NOFILE": "open_files", "CORE": "core_bytes"}
    return [
        f"limit {words[name]} is {ceilings[name]} and not {value}, as asked for: that is the most that "
        "may be set here without CAP_SYS_RESOURCE"
        for name, value in _wanted(limits).items()
        if value > ceilings.get(name, value)
    ]


def _wanted(limits: Limits) -> dict[str, int]:
    wanted = {"CORE": limits.core_bytes}
    return wanted if limits.open_files is None else {**wanted, "NOFILE": limits.open_files}
