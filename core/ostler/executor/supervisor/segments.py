"""The rotated files of one log: ``PREFIX.0``, ``PREFIX.1`` and so on, as one stream with offsets."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NO_END = 1 << 62  # the size of a file that is never followed by another


class Segments:
    """Files of a fixed size that only grow; the oldest are removed beyond ``max_files``.

    An offset counts from the first byte of ``PREFIX.0``.  What was purged is reckoned as full files.  What
    somebody else took away from one that has others behind it is a gap in the stream.
    """

    def __init__(self, directory: str, prefix: str, max_files: int, max_file_bytes: int) -> None:
        self._stem = os.path.join(directory, prefix)
        self._max_files = max(1, max_files)
        self._max_file_bytes = max(1, max_file_bytes)
        self._sizes = self._existing()
        self._newest = max(self._sizes, default=-1)
        self._base = min(self._sizes, default=0) * self._max_file_bytes
        self._newest_start = max((start for _, start, _ in self.each()), default=0)
        self._current: int | None = None
        self.longest = NO_END  # what a file may hold at most, whatever it should
        self.skipped = 0  # offsets that no byte was written to

    @property
    def empty(self) -> bool:
        """Whether there is no file."""
        return not self._sizes

    @property
    def start(self) -> int:
        """The offset of the oldest byte that is still there."""
        return self._base

    @property
    def end(self) -> int:
        """The offset after the newest byte."""
        return self._newest_start + self._sizes.get(self._newest, 0)

    @property
    def room(self) -> int:
        """How many bytes the newest file still takes."""
        return 0 if not self._sizes else min(self._max_file_bytes, self.longest) - self._sizes[self._newest]

    def target(self) -> tuple[int, int]:
        """Give the descriptor and the offset in it where the next byte goes."""
        if self._current is None:
            self._current = self.open(self._newest, os.O_WRONLY | os.O_CREAT)
        return self._current, self._sizes[self._newest]

    def grew(self, count: int) -> None:
        """Take note of what was written to the target."""
        self._sizes[self._newest] += count

    def damaged(self) -> bool:
        """Tell whether somebody removed or cut the newest file."""
        written = self._sizes.get(self._newest, 0)
        if written == 0:
            return False
        try:
            found = os.lstat(self.path(self._newest)) if self._current is None else os.fstat(self._current)
        except FileNotFoundError:
            return True
        return found.st_nlink == 0 or found.st_size < written

    def rewind(self) -> None:
        """Go back to what the newest file still holds."""
        self.close()
        self._sizes[self._newest] = min(self._sizes[self._newest], _size(self.path(self._newest)))

    def may_rotate(self, needed: int | None) -> bool:
        """Tell whether rotating would purge nothing that holds the offset ``needed`` or later ones."""
        if needed is None or len(self._sizes) < self._max_files:
            return True
        return needed >= self._start_after_oldest()

    def rotate(self) -> None:
        """Begin a new file."""
        self.close()
        if self._sizes:
            self.skipped += self._span(self._newest) - self._sizes[self._newest]
            self._newest_start += self._span(self._newest)
        self._newest += 1
        self._sizes[self._newest] = 0

    def begin(self) -> None:
        """Make the first file."""
        os.close(self.open(0, os.O_WRONLY | os.O_CREAT))
        self.rotate()

    def trim(self) -> None:
        """Remove the oldest files, those that are too many."""
        while len(self._sizes) > self._max_files:
            oldest = min(self._sizes)
            self._base = self._start_after_oldest()
            del self._sizes[oldest]
            if os.path.lexists(self.path(oldest)):
                os.unlink(self.path(oldest))

    def locate(self, offset: int) -> tuple[int, int, int] | None:
        """Find the file that holds an offset: its number, the place in it, what follows there."""
        for number, start, size in self.each():
            if start <= offset < start + size:
                return number, offset - start, start + size - offset
        return None

    def next(self, offset: int) -> int:
        """Give the first offset from this one on that is there, or the end."""
        self._look_again()
        for _, start, size in self.each():
            if size and offset < start + size:
                return max(offset, start)
        return self.end

    def open(self, number: int, flags: int) -> int:
        """Open one of the files; what a task put in its place is not followed and not waited for."""
        path = self.path(number)
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileExistsError(errno.EEXIST, "it exists and is not a regular file", path)
        return descriptor

    def path(self, number: int) -> str:
        """Name one of the files."""
        return f"{self._stem}.{number}"

    def close(self) -> None:
        """Close the newest file."""
        if self._current is not None:
            os.close(self._current)
            self._current = None

    def each(self) -> Iterator[tuple[int, int, int]]:
        """Give number, first offset and size of each file, the oldest first."""
        start, expected = self._base, None
        for number, size in sorted(self._sizes.items()):
            if expected is not None:
                start += (number - expected) * self._max_file_bytes
            yield number, start, size
            start, expected = start + self._span(number), number + 1

    def _start_after_oldest(self) -> int:
        oldest = min(self._sizes)
        following = min((number for number in self._sizes if number > oldest), default=oldest + 1)
        return self._base + self._span(oldest) + (following - oldest - 1) * self._max_file_bytes

    def _span(self, number: int) -> int:
        """Say how many offsets a file takes that has others behind it."""
        return max(self._sizes[number], self._max_file_bytes)

    def _look_again(self) -> None:
        """See what became of the older files in the hands of others."""
        for number in self._sizes:
            if number != self._newest:
                self._sizes[number] = min(self._sizes[number], _size(self.path(number)))

    def _existing(self) -> dict[int, int]:
        directory, prefix = os.path.split(self._stem)
        try:
            names = os.listdir(directory)
        except FileNotFoundError:
            return {}
        endings = [name[len(prefix) + 1 :] for name in names if name.startswith(f"{prefix}.")]
        numbers = sorted(
            int(ending) for ending in endings if ending.isdecimal() and str(int(ending)) == ending
        )
        return {number: _size(self.path(number)) for number in numbers}


def _size(path: str) -> int:
    """Tell how much a file holds: nothing where it is gone, or is none."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
