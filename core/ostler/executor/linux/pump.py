"""Move bytes inside the kernel: a byte leaves the pipe only when it is in the file."""

from __future__ import annotations

import errno
import fcntl
import os

from ostler.executor.supervisor import plain_pump

_MOST = 1024 * 1024


def widen(pipe: int) -> None:
    """Give the pipe a megabyte, where the user may have it."""
    try:
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


def feed(connection: int, source: int, offset: int, count: int) -> int:
    """Move at most ``count`` bytes from ``offset`` of a file; BlockingIOError when the socket is full."""
    return os.sendfile(connection, source, offset, min(count, _MOST))
