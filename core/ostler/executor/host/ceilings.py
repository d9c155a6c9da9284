"""What processes started by this one can be given at most: limits and scores that it can't raise."""

from __future__ import annotations

import os
import sys
from functools import cache

_CAP_SYS_RESOURCE = 24
_NAMES = ("NOFILE", "CORE")


def limits() -> dict[str, int]:
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
