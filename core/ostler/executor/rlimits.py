"""Resource limits of single processes: what may be asked for here, and what is given instead."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.executor.values import Limits

    Step = dict[str, Any]

_CAP_SYS_RESOURCE = 24
_NAMES = ("NOFILE", "CORE")


def ceilings() -> dict[str, int]:
    """Give the limits that this process can't raise; nothing where it may, or where they are unlimited."""
    if sys.platform == "win32" or _may_raise():
        return {}
    import resource

    hard = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1] for name in _NAMES}
    return {name: value for name, value in hard.items() if value != resource.RLIM_INFINITY}


def least_oom_score_adj() -> int:
    """Give the lowest score that a process started by this one can have."""
    if sys.platform == "win32" or _may_raise():
        return 0
    try:
        with open("/proc/self/oom_score_adj", encoding="ascii") as source:
            return int(source.read())
    except OSError:
        return 0


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


def _may_raise() -> bool:
    return _may_user_raise(os.geteuid())


@cache
def _may_user_raise(_user: int) -> bool:
    """Tell it of this process, which doesn't lose the capability while it stays the same user."""
    try:
        with open("/proc/self/status", "rb", buffering=0) as source:
            _, _, found = source.read().partition(b"\nCapEff:")
    except OSError:
        return False
    return bool(found) and bool(int(found.split(maxsplit=1)[0], 16) >> _CAP_SYS_RESOURCE & 1)
