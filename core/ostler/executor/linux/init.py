"""A task's init: it passes signals on, reaps, records the end, kills the rest and holds the unread log.

The init in C (``native/init.c``) does the same; this one is forked where that one can't be had.
"""

from __future__ import annotations

import array
import fcntl
import os
import signal
import termios
import time

from ostler.executor.linux import proc
from ostler.executor.supervisor import slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    import resource
    from collections.abc import Iterable, Iterator
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
_SHORTEST_REST_SECONDS, _LONGEST_REST_SECONDS = 0.0005, 0.05


def stand_for(main: int, record: int, pipes: Iterable[int], *, pid_namespace: bool) -> NoReturn:
    """Wait for the end of ``main``, write it to the slot ``record``, leave no process behind, and end.

    All signals are blocked when this is called, and stay so: they are waited for.  ``pipes`` are the reading
    ends of the log, held until they are read: the last one to close a pipe throws away what is in it.
    """
    status, usage = _wait_for(main)
    end = _end(main, status, usage)
    slot.write_end(record, end)
    if pid_namespace:
        _kill_namespace()
    else:
        _kill_descendants()
    if any(map(_holds_bytes, pipes)):
        end.flags |= slot.HOLDING
        slot.write_end(record, end)
        _hold(pipes)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


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


def _end(main: int, status: int, usage: resource.struct_rusage) -> slot.End:
    return slot.End(
        status=status,
        time_ns=time.time_ns(),
        main=main,
        user_us=round(usage.ru_utime * 1e6),
        system_us=round(usage.ru_stime * 1e6),
        max_rss_kib=usage.ru_maxrss,
    )


def _hold(pipes: Iterable[int]) -> None:
    """Keep the pipes until they are read; one that was removed can't be opened by who comes later."""
    rest = _SHORTEST_REST_SECONDS
    while any(_holds_bytes(pipe) and os.fstat(pipe).st_nlink for pipe in pipes):
        time.sleep(rest)
        rest = min(2 * rest, _LONGEST_REST_SECONDS)


def _holds_bytes(pipe: int) -> bool:
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0] > 0


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
        for pid in proc.descendants(os.getpid()):
            proc.kill(pid)
        for _ in _reaped():
            pass
        if not _has_children():
            return
        time.sleep(0.001)


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
