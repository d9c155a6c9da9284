"""The rotated files of one log: ``PREFIX.0``, ``PREFIX.1`` and so on, as one stream with offsets."""

from __future__ import annotations

import os


class Segments:
    """Files of a fixed size that only grow; the oldest are removed beyond ``max_files``.

    An offset counts from the first byte of ``PREFIX.0``; what was purged before is reckoned as full files.
    """

    def __init__(self, directory: str, prefix: str, max_files: int, max_file_bytes: int) -> None:
        self._stem = os.path.join(directory, prefix)
        self._max_files = max(1, max_files)
        self._max_file_bytes = max(1, max_file_bytes)
        self._sizes = self._existing()
        lowest = min(self._sizes, default=0)
        self._base = lowest * self._max_file_bytes
        self._current: int | None = None

    @property
    def start(self) -> int:
        """The offset of the oldest byte that is still there."""
        return self._base

    @property
    def end(self) -> int:
        """The offset after the newest byte."""
        return self._base + sum(self._sizes.values())

    @property
    def room(self) -> int:
        """How many bytes the newest file still takes."""
        newest = max(self._sizes, default=None)
        return 0 if newest is None else self._max_file_bytes - self._sizes[newest]

    def target(self) -> tuple[int, int]:
        """Give the descriptor and the offset in it where the next byte goes."""
        newest = max(self._sizes)
        if self._current is None:
            self._current = os.open(
                self.path(newest), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
            )
        return self._current, self._sizes[newest]

    def grew(self, count: int) -> None:
        """Take note of what was written to the target."""
        self._sizes[max(self._sizes)] += count

    def may_rotate(self, needed: int | None) -> bool:
        """Tell whether rotating would purge nothing that holds the offset ``needed`` or later ones."""
        if needed is None or len(self._sizes) < self._max_files:
            return True
        return needed >= self._base + self._sizes[min(self._sizes)]

    def rotate(self) -> None:
        """Begin a new file."""
        self.close()
        newest = max(self._sizes, default=-1)
        self._sizes[newest + 1] = 0

    def trim(self) -> None:
        """Remove the oldest files, those that are too many."""
        while len(self._sizes) > self._max_files:
            oldest = min(self._sizes)
            self._base += self._sizes.pop(oldest)
            os.unlink(self.path(oldest))

    def locate(self, offset: int) -> tuple[int, int, int]:
        """Find the file that holds an offset: its number, the place in it and what follows there."""
        start = self._base
        for number, size in sorted(self._sizes.items()):
            if offset < start + size:
                return number, offset - start, start + size - offset
            start += size
        raise IndexError(offset)

    def path(self, number: int) -> str:
        """Name one of the files."""
        return f"{self._stem}.{number}"

    def close(self) -> None:
        """Close the newest file."""
        if self._current is not None:
            os.close(self._current)
            self._current = None

    def _existing(self) -> dict[int, int]:
        directory, prefix = os.path.split(self._stem)
        if not os.path.isdir(directory):
            return {}
        endings = [name[len(prefix) + 1 :] for name in os.listdir(directory) if name.startswith(f"{prefix}.")]
        numbers = sorted(
            int(ending) for ending in endings if ending.isdecimal() and str(int(ending)) == ending
        )
        return {number: os.path.getsize(self.path(number)) for number in numbers}
