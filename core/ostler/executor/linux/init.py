"""A task's init: it stands for the task, passes signals on, reaps, records the end and kills the rest."""

from __future__ import annotations

import json
import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import resource
    from collections.abc import Iterator
    from typing import NoReturn

FORWARDED = frozenset(
    {
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGTERM,
        signal.SIGCONT,
        signal.SIGWINCH,
    }
)
_PATIENCE_SECONDS = 10.0


def stand_for(main: int, record: int, *, pid_namespace: bool) -> NoReturn:
    """Wait for the end of ``main``, write it to ``record``, leave no process behind, and end.

    All signals are blocked when this is called, and stay so: they are waited for.
    """
    status, usage = _wait_for(main)
    _write(record, status, usage)
    if pid_namespace:
        _kill_namespace()
    else:
        _kill_descendants()
    os._exit(0)


def _wait_for(main: int) -> tuple[int, resource.struct_rusage]:
    everything = signal.valid_signals()
    while True:
        number = signal.sigwaitinfo(everything).si_signo
        if number in FORWARDED:
            os.kill(main, number)
        for pid, status, usage in _reaped():
            if pid == main:
                return status, usage


def _reaped() -> Iterator[tuple[int, int, resource.struct_rusage]]:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status, usage


def _write(record: int, status: int, usage: resource.struct_rusage) -> None:
    end = {
        "status": status,
        "time": time.time(),
        "cpu_user_seconds": usage.ru_utime,
        "cpu_system_seconds": usage.ru_stime,
    }
    os.pwrite(record, json.dumps(end).encode(), 0)


def _kill_namespace() -> None:
    try:
        os.kill(-1, signal.SIGKILL)
        while True:
            os.waitpid(-1, 0)
    except (ProcessLookupError, ChildProcessError):
        return


def _kill_descendants() -> None:
    """Kill children until none is left: a grandchild becomes a child when its parent is gone."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for pid in _descendants(os.getpid()):
            _kill(pid)
        for _ in _reaped():
            pass
        if not _has_children():
            return
        time.sleep(0.001)


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as listed:
            return [int(each) for each in listed.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
