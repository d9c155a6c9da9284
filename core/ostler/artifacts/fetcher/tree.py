"""The directory that an archive is unpacked into: nothing in it can reach out of it."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final

from .directories import DIRECTORY, entry_type
from .failures import RefusalError

if TYPE_CHECKING:
    from .formats import Budget

_BLOCK: Final = 1024 * 1024
_DEEPEST: Final = 64
_LONGEST: Final = 2048  # with the allocation's own path it stays below what a system call takes
_REBUILD: Final = "rebuild the archive without it"
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class Tree:
    """Makes the entries of an archive below one directory, which stays open."""

    def __init__(self, directory: int, budget: Budget, *, max_files: int) -> None:
        self._directory = self._open = directory
        self._steps_open: list[str] = []
        self._budget = budget
        self._left = max_files
        self._max_files = max_files
        self.digests: dict[str, str] = {}  # of each file, by its path

    def add_directory(self, name: str, mode: int) -> None:
        """Make a directory, or change the mode of one that is there."""
        steps = self._steps(name)
        directory = self._parent([*steps, "."])
        if steps:
            os.fchmod(directory, (mode & 0o755) | 0o700)

    def add_file(self, name: str, mode: int, content: IO[bytes]) -> int:
        """Write a file and return its size; of two with one name the later stays."""
        size, digest, steps = 0, hashlib.sha256(), self._steps(name)
        file = self._new_file(steps, (mode & 0o755) | 0o600)
        try:
            while block := content.read(_BLOCK):
                size += len(block)
                self._budget.spend(len(block))
                digest.update(block)
                _write(file, block)
        finally:
            os.close(file)
        self.digests["/".join(steps)] = digest.hexdigest()
        return size

    def _new_file(self, steps: list[str], mode: int) -> int:
        parent = self._parent(steps)
        with suppress(FileExistsError):
            return os.open(steps[-1], _NEW, mode, dir_fd=parent)
        return os.open(steps[-1], _NEW, mode, dir_fd=self._vacant(steps))

    def add_symlink(self, name: str, target: str) -> None:
        """Make a symbolic link that can't lead out of the tree.

        ``..`` may only open the target, and not more often than the link lies deep.  As every parent of
        an entry is a real directory, no such link, nor one over others, can leave.
        """
        steps, path = self._steps(name), [step for step in target.split("/") if step not in {"", "."}]
        climbs = next((index for index, step in enumerate(path) if step != ".."), len(path))
        if target.startswith("/") or climbs >= len(steps) or ".." in path[climbs:]:
            msg = f"holds the link {name!r} to {target!r}, which leaves the destination; {_REBUILD}"
            raise RefusalError(msg)
        os.symlink(target, steps[-1], dir_fd=self._vacant(steps))
        self.digests.pop("/".join(steps), None)

    def add_hardlink(self, name: str, target: str) -> None:
        """Give a file that was unpacked before a second name."""
        steps, first = self._steps(name), self._steps(target)
        source = os.dup(self._parent(first))
        try:
            if entry_type(source, first[-1]) != stat.S_IFREG or steps == first:
                msg = f"holds the hard link {name!r} to {target!r}, which is no file unpacked before it"
                raise RefusalError(msg)
            parent = self._vacant(steps)
            os.link(first[-1], steps[-1], src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False)
        finally:
            os.close(source)
        self.digests["/".join(steps)] = self.digests["/".join(first)]

    def count(self) -> None:
        """Count one entry.  Raises RefusalError once there are too many."""
        self._left -= 1
        if self._max_files and self._left < 0:
            msg = f"holds more than the {self._max_files} files that the operator allows"
            raise RefusalError(msg)

    def _vacant(self, steps: list[str]) -> int:
        """Remove what is there by a name, and return its directory."""
        parent = self._parent(steps)
        if entry_type(parent, steps[-1]) == stat.S_IFDIR:
            msg = f"holds {'/'.join(steps)!r} twice, once as a directory"
            raise RefusalError(msg)
        with suppress(FileNotFoundError):
            os.unlink(steps[-1], dir_fd=parent)
        return parent

    def _steps(self, name: str) -> list[str]:
        steps = [step for step in name.split("/") if step not in {"", "."}]
        if name.startswith("/") or ".." in steps or "\0" in name:
            msg = f"holds the name {name!r}, which leaves the destination; {_REBUILD}"
            raise RefusalError(msg)
        if len(os.fsencode(name)) > _LONGEST:
            msg = f"holds the name {name[:200]!r}..., which is longer than {_LONGEST} bytes; {_REBUILD}"
            raise RefusalError(msg)
        if len(steps) > _DEEPEST:
            msg = f"holds the name {name[:200]!r}, which is more than {_DEEPEST} directories deep"
            raise RefusalError(msg)
        return steps

    def _parent(self, steps: list[str]) -> int:
        """Return the directory of a name, made where it is missing; it is open until the next one is.

        Most entries lie beside the one before them.  A directory is never removed, so it stays the right one.
        """
        if not steps:
            msg = "holds a file without a name"
            raise RefusalError(msg)
        if self._steps_open != steps[:-1]:
            self._leave()
            try:
                for step in steps[:-1]:
                    inner = self._inner(self._open, step)
                    self._leave()
                    self._open = inner
            except BaseException:
                self._leave()
                raise
            self._steps_open = steps[:-1]
        return self._open

    def _leave(self) -> None:
        if self._open != self._directory:
            os.close(self._open)
        self._open, self._steps_open = self._directory, []

    def _inner(self, directory: int, name: str) -> int:
        kind = entry_type(directory, name)
        if not kind:
            self.count()
            os.mkdir(name, 0o755, dir_fd=directory)
        elif kind != stat.S_IFDIR:
            msg = f"writes through {name!r}, which is no directory; {_REBUILD}"
            raise RefusalError(msg)
        return os.open(name, DIRECTORY, dir_fd=directory)


def _write(file: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(file, view) :]
