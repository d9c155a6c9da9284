"""A process above pytest that adopts whatever a test leaves behind, so that it can be found and named."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

SET_DEATH_SIGNAL = 1
SET_CHILD_SUBREAPER = 36


class Running(NamedTuple):
    """One process that descends from the keeper."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"process {self.pid}: {self.command}"


def adopt_orphans() -> int:
    """Fork: the parent stays to reap orphans and gives pytest's status; the child goes on with its pid."""
    if not sys.platform.startswith("linux"):
        return os.getppid()
    pid = os.fork()
    if pid:
        _control(SET_CHILD_SUBREAPER, 1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os._exit(_reap_until_ended(pid))
    _control(SET_DEATH_SIGNAL, signal.SIGTERM)
    return os.getppid()


def descendants(keeper: int) -> set[Running]:
    """Give the processes below the keeper, save this one and what the keeper is about to reap."""
    parents = {pid: stat for pid in _pids() if (stat := _parent_and_state(pid))}
    return {Running(pid, _command(pid)) for pid in parents if _below(pid, keeper, parents)}


def last_pid() -> int:
    """Give the number that the kernel gave last to a process or a thread; 0 where it doesn't tell."""
    try:
        with open("/proc/loadavg", encoding="ascii") as loads:  # noqa: PTH123 - at every test
            return int(loads.read().split()[4])
    except (OSError, IndexError, ValueError):
        return 0


def among(pids: Iterable[int], keeper: int) -> set[Running]:
    """Give those of ``pids`` that are processes below the keeper, as `descendants` does."""
    found = set()
    for pid in pids:
        parents: dict[int, tuple[int, str]] = {}
        above = pid
        while above not in parents and above != keeper and (stat := _parent_and_state(above)):
            parents[above] = stat
            above = stat[0]
        if parents and _below(pid, keeper, parents) and _leads(pid):
            found.add(Running(pid, _command(pid)))
    return found


def lives(process: Running, keeper: int) -> bool:
    """Tell whether a process is still there, and not just about to be reaped by the keeper."""
    found = _parent_and_state(process.pid)
    return found is not None and found != (keeper, "Z")


def _below(pid: int, keeper: int, parents: dict[int, tuple[int, str]]) -> bool:
    doomed = parents[pid] == (keeper, "Z")
    return pid not in {keeper, os.getpid()} and not doomed and keeper in _ancestors(pid, parents)


def _leads(pid: int) -> bool:
    """Tell whether it is a process, and not a thread of one, which is found by its number too."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as status:  # noqa: PTH123
            return f"\nTgid:\t{pid}\n" in status.read()
    except OSError:
        return False


def _control(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _reap_until_ended(pytest: int) -> int:
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == pytest:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names, many times


def _parent_and_state(pid: int) -> tuple[int, str] | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123
            state, parent = stat.read().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return int(parent), state


def _ancestors(pid: int, parents: dict[int, tuple[int, str]]) -> set[int]:
    seen: set[int] = set()
    while pid in parents and pid not in seen:
        seen.add(pid)
        pid = parents[pid][0]
    return seen | {pid}


def _command(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as cmdline:  # noqa: PTH123
            return cmdline.read().replace(b"\0", b" ").decode(errors="replace").strip() or "(zombie)"
    except OSError:
        return "(gone)"
