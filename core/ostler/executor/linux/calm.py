"""Whether any process can have grown much: two small files tell that of the machine as a whole."""

from __future__ import annotations

import os

# What a task may take unseen until it is looked at again, which nothing here puts off for long.
_MOST_KIB, _MOST_THREADS = 16 * 1024, 8
_MOST_RESTS = 32
_BYTES = 512
_AVAILABLE = b"MemAvailable:"


class Calm:
    """A time in which nothing has to be measured anew: it begins with a measurement, and is soon over.

    What others free or end meanwhile hides nothing: what counts is the calmest moment since.
    """

    def __init__(self) -> None:
        self._rests = _MOST_RESTS
        self._threads, self._available_kib = 0, 0

    def begin(self) -> None:
        """Begin, now that all was measured."""
        found = _look()
        if found is not None:
            self._rests = 0
            self._threads, self._available_kib = found

    def end(self) -> None:
        """End, because of something new."""
        self._rests = _MOST_RESTS

    def lasts(self) -> bool:
        """Tell whether it does: few threads have come and little memory is gone on the whole machine."""
        self._rests += 1
        found = _look() if self._rests <= _MOST_RESTS else None
        if found is None:
            return False
        threads, available_kib = found
        self._threads = min(self._threads, threads)
        self._available_kib = max(self._available_kib, available_kib)
        more, less = threads - self._threads, self._available_kib - available_kib
        return more <= _MOST_THREADS and less <= _MOST_KIB


def _look() -> tuple[int, int] | None:
    """Count the threads of the machine, and the KiB that could be had; None where it doesn't say."""
    try:
        threads = _head("/proc/loadavg").split()[3].partition(b"/")[2]
        return int(threads), int(_head("/proc/meminfo").partition(_AVAILABLE)[2].split()[0])
    except (OSError, IndexError, ValueError):
        return None


def _head(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, _BYTES)
    finally:
        os.close(file)
