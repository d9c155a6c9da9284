"""Move bytes from a pipe to a file and from a file to a socket, where there is nothing better."""

from __future__ import annotations

import os

_CHUNK = 64 * 1024
# What was taken from a pipe when the disk was full, by the pipe.
_left: dict[int, bytes] = {}


def widen(pipe: int) -> None:
    """Leave the pipe as it is."""


def fill(pipe: int, target: int, offset: int, count: int) -> int:
    """Move at most ``count`` bytes to ``offset`` of a file; BlockingIOError when the pipe is empty."""
    chunk = _left.pop(pipe, b"") or os.read(pipe, min(count, _CHUNK))
    written = 0
    try:
        while written < min(count, len(chunk)):
            written += os.pwrite(target, chunk[written:count], offset + written)
    finally:
        if chunk[written:]:
            _left[pipe] = chunk[written:]
    return written


def holds(pipe: int) -> bool:
    """Tell whether something was taken from a pipe and could not be written yet."""
    return pipe in _left


def forget(pipe: int) -> None:
    """Throw away what was taken from a pipe and could not be written."""
    _left.pop(pipe, None)


def feed(connection: int, source: int, offset: int, count: int) -> int:
    """Move at most ``count`` bytes from ``offset`` of a file; BlockingIOError when the socket is full."""
    return os.write(connection, os.pread(source, min(count, _CHUNK), offset))


def punch(file: int, end: int) -> None:
    """Leave the file as it is."""
