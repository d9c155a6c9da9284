"""What ``ps`` shows of this process: the words that it was started with, written over."""

from __future__ import annotations

import ctypes

_ARGUMENTS_START, _ARGUMENTS_END = 45, 46


class Title:
    """The memory that holds this process's arguments; forked children have it at the same place."""

    def __init__(self) -> None:
        with open("/proc/self/stat", "rb") as source:
            fields = source.read().rpartition(b")")[2].split()
        self._start = int(fields[_ARGUMENTS_START])
        self._size = int(fields[_ARGUMENTS_END]) - self._start

    def show(self, text: str) -> None:
        """Show ``text``, cut to what there is room for."""
        if self._start == 0 or self._size <= 1:
            return
        shown = text.encode("utf-8", "replace")[: self._size - 1]
        ctypes.memset(self._start, 0, self._size)
        ctypes.memmove(self._start, shown, len(shown))
