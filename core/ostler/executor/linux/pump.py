"""Move bytes inside the kernel: a byte leaves the pipe only when it is in the file."""

from __future__ import annotations

import errno
import fcntl
import os

from ostler.executor.supervisor import plain_pump

_MOST = 1024 * 1024
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_PAGE = 64 * 1024  # the largest page of any kernel, so that no cached one is torn


def widen(pipe: int) -> None:
    """Give the pipe a megabyte, where the user may have it."""
    try:
        if fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) < _MOST:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _MOST)
    except PermissionError:
        return


def fill(pipe: int, target: int, offset: int, count: int) -> int:
    """Move at most ``count`` bytes to ``offset`` of a file; BlockingIOError when the pipe is empty."""
    try:
        return os.splice(pipe, target, min(count, _MOST), offset_dst=offset)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return plain_pump.fill(pipe, target, offset, count)


def holds(pipe: int) -> bool:
    """Tell whether something was taken from a pipe and could not be written yet."""
    return plain_pump.holds(pipe)


def forget(pipe: int) -> None:
    """Throw away what was taken from a pipe and could not be written."""
    plain_pump.forget(pipe)


def feed(connection: int, source: int, offset: int, count: int) -> int:
    """Move at most ``count`` bytes from ``offset`` of a file; BlockingIOError when the socket is full."""
    return os.sendfile(connection, source, offset, min(count, _MOST))


def punch(file: int, end: int) -> None:
    """Make a hole of the first ``end`` bytes of a file, where the file system has holes."""
    import ctypes

    fallocate = ctypes.CDLL(None).fallocate
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    fallocate(file, _KEEP_SIZE | _PUNCH_HOLE, 0, end - end % _PAGE)
