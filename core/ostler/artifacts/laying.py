"""Lay a thing from a store beside its destination: by cloning, by a hard link, by copying, by moving."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostler.artifacts.fetcher.directories import DIRECTORY, ITEM
from ostler.artifacts.fetcher.failures import RefusalError
from ostler.artifacts.placing import give

if TYPE_CHECKING:
    from ostler.artifacts.cache.records import Record
    from ostler.artifacts.cache.store import Entry
    from ostler.artifacts.values import Request

_FICLONE: Final = 0x40049409
_CHUNK: Final = 1 << 30
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_NO_LINK: Final = frozenset({errno.EMLINK, errno.EXDEV, errno.EPERM})
_NO_CLONE: Final = frozenset({errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS})
_NO_RANGE: Final = frozenset({errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOSYS})


class Way(Enum):
    """How a file gets from a store to a task."""

    CLONE = "clone"
    LINK = "link"
    COPY = "copy"
    MOVE = "move"


class DamagedError(Exception):
    """What the store holds is not what it kept."""


def way_for(request: Request, store: Path) -> Way:
    """Say how a task gets what a cache keeps, so that nothing that the task does can reach the cache.

    A clone shares no byte that is written.  A hard link is the cache's own file: its mode and owner can't
    be others, and nobody who sees it may own it, or be root.  Whoever is not root runs tasks as himself,
    whatever user the job names.
    """
    if _can_clone(store, request.root):
        return Way.CLONE
    changed = request.owner is not None or request.executable
    if os.geteuid() != 0 or changed or request.users is None or 0 in request.users:
        return Way.COPY
    return Way.LINK


def is_as_kept(entry: Entry) -> bool:
    """Say whether the only file of an entry is as it was kept."""
    try:
        found = entry.item.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and entry.record.files[""].fits(found)


def lay(entry: Entry, way: Way, request: Request, stage: int, name: str) -> None:
    """Lay a file or a tree into the staging directory.  Raises DamagedError where it isn't what was kept."""
    source = os.open(entry.directory, DIRECTORY)
    try:
        if not entry.record.is_tree:
            _File(entry.record, way, request).lay(source, ITEM, stage, name, "")
            return
        _Tree(entry.record, way, request).lay(source, stage, name)
    finally:
        os.close(source)


class _File:
    """Lays files."""

    def __init__(self, record: Record, way: Way, request: Request) -> None:
        self._record = record
        self._way = way
        self._owner = request.owner
        self._executable = request.executable

    def lay(self, source: int, name: str, target: int, new: str, path: str) -> None:
        """Lay one file, which ``path`` names in the record."""
        try:
            found = os.stat(name, dir_fd=source, follow_symlinks=False)
        except FileNotFoundError:
            raise DamagedError(path) from None
        stamp = self._record.files.get(path)
        if not stamp or not stat.S_ISREG(found.st_mode) or not stamp.fits(found):
            raise DamagedError(path)
        if self._way is Way.LINK and self._linked(source, name, target, new):
            return
        if self._way is Way.MOVE and self._moved(source, name, target, new):
            return
        self._duplicate(source, name, target, new)

    def _linked(self, source: int, name: str, target: int, new: str) -> bool:
        try:
            os.link(name, new, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            return False
        return True

    def _moved(self, source: int, name: str, target: int, new: str) -> bool:
        try:
            os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return False
        file = os.open(new, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=target)
        try:
            self._finish(file, os.fstat(file).st_mode)
        finally:
            os.close(file)
        return True

    def _duplicate(self, source: int, name: str, target: int, new: str) -> None:
        old = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=source)
        try:
            file = os.open(new, _NEW, 0o600, dir_fd=target)
            try:
                if self._way is not Way.CLONE or not _cloned(old, file):
                    copy(old, file)
                    os.fsync(file)
                self._finish(file, os.fstat(old).st_mode)
            finally:
                os.close(file)
        finally:
            os.close(old)

    def _finish(self, file: int, mode: int) -> None:
        give(file, self._owner)
        os.fchmod(file, 0o755 if self._executable else stat.S_IMODE(mode))


class _Tree:
    """Lays directories with all that is in them."""

    def __init__(self, record: Record, way: Way, request: Request) -> None:
        self._record = record
        self._files = _File(record, way, request)
        self._owner = request.owner
        self._left = len(record.files) + len(record.links)

    def lay(self, source: int, stage: int, name: str) -> None:
        """Lay the whole tree."""
        self._directory(source, ITEM, stage, name, "")
        if self._left:
            missing = f"{self._left} files"
            raise DamagedError(missing)

    def _directory(self, source: int, name: str, target: int, new: str, path: str) -> None:
        os.mkdir(new, 0o700, dir_fd=target)
        here, there = os.open(name, DIRECTORY, dir_fd=source), os.open(new, DIRECTORY, dir_fd=target)
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    self._entry(entry, here, there, path)
            give(there, self._owner)
            os.fchmod(there, stat.S_IMODE(os.fstat(here).st_mode))
        finally:
            os.close(here)
            os.close(there)

    def _entry(self, entry: os.DirEntry[str], here: int, there: int, path: str) -> None:
        name, inner = entry.name, path + entry.name
        if entry.is_dir(follow_symlinks=False):
            self._directory(here, name, there, name, f"{inner}/")
            return
        self._left -= 1
        if entry.is_symlink():
            self._link(here, there, name, inner)
            return
        self._files.lay(here, name, there, name, inner)

    def _link(self, here: int, there: int, name: str, path: str) -> None:
        target = os.readlink(name, dir_fd=here)
        if self._record.links.get(path) != target:
            raise DamagedError(path)
        os.symlink(target, name, dir_fd=there)
        if self._owner:
            os.chown(name, *self._owner, dir_fd=there, follow_symlinks=False)


def copy(source: int, target: int) -> None:
    """Copy all of a file, within the kernel where it can."""
    left = os.fstat(source).st_size
    while left:
        count = _copied(source, target, min(left, _CHUNK))
        if not count:
            msg = "was cut while it was copied"
            raise RefusalError(msg)
        left -= count


def _copied(source: int, target: int, count: int) -> int:
    try:
        return os.copy_file_range(source, target, count)
    except OSError as error:
        if error.errno not in _NO_RANGE:
            raise
        return os.sendfile(target, source, None, count)


def _cloned(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno not in _NO_CLONE:
            raise
        return False
    return True


_clones: dict[tuple[int, int], bool] = {}


def _can_clone(store: Path, root: str) -> bool:
    """Say whether files can be cloned from the one directory into the other; tried once for both devices."""
    devices = store.stat().st_dev, Path(root).stat().st_dev
    if devices not in _clones:
        _clones[devices] = devices[0] == devices[1] and _tried(store)
    return _clones[devices]


def _tried(directory: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=directory) as one, tempfile.TemporaryFile(dir=directory) as other:
            one.write(b"x")
            one.flush()
            return _cloned(one.fileno(), other.fileno())
    except OSError:
        return False
