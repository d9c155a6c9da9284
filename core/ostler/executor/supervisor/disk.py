"""How much disk directories take, measured a few entries at a time, so that nobody else has to wait."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_SLICE_ENTRIES = 256
_BLOCK_BYTES = 512
_DEEPEST = 100
_MOST_LINKED = 100_000
_UNNAMED = " (deleted)"
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Usage:
    """What was found so far; ``unseen`` says what can't be looked into, so that its size is not known."""

    def __init__(self) -> None:
        self.disk_bytes = 0
        self.inodes = 0
        self.unseen = ""


def measure(paths: list[str], holders: list[str], usage: Usage) -> Generator[None]:
    """Add up what the directories hold, on their own file system, and yield now and then.

    No link is followed.  A file with several names counts once, one without a name where it is open:
    ``holders`` are directories of the kernel's that list what processes have open.
    """
    linked: set[tuple[int, int]] = set()
    devices = set()
    for path in paths:
        try:
            top = _Folder(os.open(path, _OPEN))
        except OSError:
            continue
        devices.add(top.device)
        yield from _descend([top], usage, linked)
    for holder in holders:
        yield from _held(holder, devices, usage, linked)


class _Folder:
    """A directory that is being read, held open, because its path may lead elsewhere at any time."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.device = os.fstat(descriptor).st_dev
        self.entries = os.scandir(descriptor)

    def close(self) -> None:
        self.entries.close()
        os.close(self.descriptor)


def _descend(folders: list[_Folder], usage: Usage, linked: set[tuple[int, int]]) -> Generator[None]:
    looked_at = 0
    try:
        while folders:
            entry = next(folders[-1].entries, None)
            if entry is None:
                folders.pop().close()
                continue
            _add(entry, folders, usage, linked)
            looked_at += 1
            if looked_at % _SLICE_ENTRIES == 0:
                yield
    finally:
        for folder in folders:
            folder.close()


def _add(entry: os.DirEntry[str], folders: list[_Folder], usage: Usage, linked: set[tuple[int, int]]) -> None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return
    if found.st_dev != folders[-1].device:
        return
    directory = stat.S_ISDIR(found.st_mode)
    if found.st_nlink > 1 and not directory:
        if (found.st_dev, found.st_ino) in linked:
            return
        if len(linked) < _MOST_LINKED:
            linked.add((found.st_dev, found.st_ino))
    usage.inodes += 1
    usage.disk_bytes += found.st_blocks * _BLOCK_BYTES
    if directory:
        _enter(entry.name, folders, usage)


def _enter(name: str, folders: list[_Folder], usage: Usage) -> None:
    if len(folders) >= _DEEPEST:
        usage.unseen = f"a directory lies more than {_DEEPEST} deep"
        return
    try:
        folders.append(_Folder(os.open(name, _OPEN, dir_fd=folders[-1].descriptor)))
    except PermissionError:
        usage.unseen = f"its directory {name!r} can't be read"
    except OSError:
        return


def _held(holder: str, devices: set[int], usage: Usage, linked: set[tuple[int, int]]) -> Generator[None]:
    """Add the files that only a process still holds; a file system that may be gone is not asked."""
    try:
        names = os.listdir(holder)
    except OSError:
        return
    for number, name in enumerate(names):
        if number % _SLICE_ENTRIES == 0:
            yield
        path = f"{holder}/{name}"
        try:
            if not os.readlink(path).endswith(_UNNAMED):
                continue
            found = os.stat(path)
        except OSError:
            continue
        key = (found.st_dev, found.st_ino)
        if stat.S_ISREG(found.st_mode) and found.st_dev in devices and key not in linked:
            linked.add(key)
            usage.disk_bytes += found.st_blocks * _BLOCK_BYTES
