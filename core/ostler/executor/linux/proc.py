"""A task's processes as /proc shows them: which they are, and what they use where no cgroup counts it."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_UTIME, _STIME, _CUTIME, _CSTIME, _THREADS, _START, _RSS = 11, 12, 13, 14, 17, 19, 21


def start_time(pid: int) -> int | None:
    """Give when a process began, in clock ticks since boot; None when there is none, or a zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[0] == "Z" else int(fields[_START])


def first_child(pid: int) -> int:
    """Give the oldest child, which is a task's main process; 0 without one."""
    return next(iter(children(pid)), 0)


def measure(init: int) -> dict[str, Any]:
    """Sum up the processes below a task's init: threads, resident memory (an upper bound), cpu time.

    The time of those that have ended is what their parents took over, the init among them.
    """
    found = [fields for pid in descendants(init) if (fields := _stat(pid)) is not None]
    own = _stat(init)
    taken_over = [] if own is None else [own]
    resident = sum(int(fields[_RSS]) for fields in found) * _PAGE
    return {
        "pids": sum(int(fields[_THREADS]) for fields in found),
        "memory_bytes": resident,
        "rss_bytes": resident,
        "cpu_user_seconds": _time(found, _UTIME, _CUTIME) + _time(taken_over, _CUTIME),
        "cpu_system_seconds": _time(found, _STIME, _CSTIME) + _time(taken_over, _CSTIME),
    }


def own_memory(init: int) -> int:
    """Sum up each process's share of the memory it has; slower than ``measure``, and exact."""
    return sum(_proportional(pid) for pid in descendants(init))


def state(pid: int) -> str:
    """Give the letter for what a process does: R, S, D, T, Z; empty when there is none."""
    fields = _stat(pid)
    return "" if fields is None else fields[0]


def descendants(pid: int) -> Iterator[int]:
    """List the processes below one, however deep they lie."""
    left = [pid]
    while left:
        for child in children(left.pop()):
            yield child
            left.append(child)


def children(pid: int) -> list[int]:
    """List the children of a process, the oldest first."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [child for thread in threads for child in _children_of_thread(pid, thread)]


def kill(pid: int) -> None:
    """Kill a process, where it is still there and may be killed."""
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _children_of_thread(pid: int, thread: str) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{thread}/children", "rb") as listed:
            return [int(each) for each in listed.read().split()]
    except (FileNotFoundError, ProcessLookupError):  # a thread that has ended hides what others started
        return []


def _stat(pid: int) -> list[str] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as source:
            line = source.read().decode("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return line[line.rindex(")") + 2 :].split()


def _time(processes: list[list[str]], *columns: int) -> float:
    return sum(int(fields[column]) for fields in processes for column in columns) / _TICKS


def _proportional(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as source:
            lines = source.read().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except PermissionError:
        fields = _stat(pid)
        return 0 if fields is None else int(fields[_RSS]) * _PAGE
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith((b"Pss:", b"SwapPss:")))
