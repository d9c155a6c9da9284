"""What lowering has to know of the machine, read once."""

from __future__ import annotations

import os
import resource
from functools import cache

_CAP_SYS_RESOURCE = 24
_LIMITS = tuple(name for name in dir(resource) if name.startswith("RLIMIT_"))


class Facts:
    """The highest capability that the kernel knows, those had (a bit each), how high limits may be set.

    ``open_files`` is the limit, soft and hard, that a task is to have instead of this process's own.
    """

    def __init__(self, last_capability: int, permitted: int, highest: dict[str, int]) -> None:
        self.last_capability = last_capability
        self.permitted = permitted
        self.highest = highest
        self.open_files: tuple[int, int] | None = None


@cache
def read() -> Facts:
    """Read the facts of this process on this machine."""
    permitted = _permitted()
    any_height = permitted >> _CAP_SYS_RESOURCE & 1
    highest = {name: resource.RLIM_INFINITY if any_height else _hard(name) for name in _LIMITS}
    return Facts(_last_capability(), permitted, highest)


def open_more_files() -> None:
    """Have as many files open as may be, because each task takes some; tasks are given the old limit."""
    soft, hard = read().open_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _hard(name: str) -> int:
    return resource.getrlimit(getattr(resource, name))[1]


def _last_capability() -> int:
    descriptor = os.open("/proc/sys/kernel/cap_last_cap", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return int(os.read(descriptor, 16))
    finally:
        os.close(descriptor)


def _permitted() -> int:
    with open("/proc/self/status", "rb") as lines:
        return next(int(line.split()[1], 16) for line in lines if line.startswith(b"CapPrm:"))
