"""Move bytes from a pipe to a file and from a file to a socket, where there is nothing better."""

from __future__ import annotations

import os

_CHUNK = 64 * 1024


def widen(pipe: int) -> None:
    """Leave the pipe as it is."""


def fill(pipe: int, target: int, offset: int, count: int) -> int:
    """Move at most ``count`` bytes to ``offset`` of a file; BlockingIOError when the pipe is empty."""
    chunk = os.read(pipe, min(count, _CHUNK))
    written = 0
    while written < len(chunk):
        written += os.pwrite(target, chunk[written:], offset + written)
    return written


def feed(connection: int, source: int, offset: int, count: int) -> int:
    """Move at most ``count`` bytes from ``offset`` of a file; BlockingIOError when the socket is full."""
    return os.write(connection, os.pread(source, min(count, _CHUNK), offset))


def punch(file: int, end: int) -> None:
    """Leave the file as it is."""
