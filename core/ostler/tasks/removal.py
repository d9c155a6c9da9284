"""Remove an allocation's directory, whatever its tasks left in it.

A task may have left links to the host's files, directories that nobody may read, or directories deeper
than any path.  So directories are opened without following links and never more than two at a time, and
nothing is removed while something is mounted below.
"""

from __future__ import annotations

import itertools
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ostler.errors import OstlerError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_MOUNTS = Path("/proc/self/mountinfo")


def remove(allocation: Path) -> None:
    """Remove ``allocation`` and all below it; what is gone already is no error.

    Raises OstlerError that names what could not be removed.  Where something is mounted below,
    nothing is removed.
    """
    _refuse_mounts(allocation)
    try:
        _remove_below(allocation)
    except FileNotFoundError:
        return
    except OSError as error:
        msg = f"can't remove {allocation}: {error.strerror} ({error.filename}); remove it by hand"
        raise OstlerError(msg) from error


def _refuse_mounts(allocation: Path) -> None:
    below = f"{allocation.parent.resolve() / allocation.name}/"
    found = [point for point in _mount_points() if f"{point}/".startswith(below)]
    if found:
        msg = f"{allocation} is left in place: something is mounted on {', '.join(found)}; unmount it first"
        raise OstlerError(msg)


def _mount_points() -> list[str]:
    if not _MOUNTS.exists():
        return []
    points = [line.split(b" ")[4] for line in _MOUNTS.read_bytes().splitlines()]
    return [os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), p)) for p in points]


def _remove_below(allocation: Path) -> None:
    parent = os.open(allocation.parent, _FLAGS & ~os.O_NOFOLLOW)
    try:
        if not _unlinked(parent, allocation.name):
            _empty(parent, allocation.name)
            os.rmdir(allocation.name, dir_fd=parent)
    finally:
        os.close(parent)


def _empty(parent: int, name: str) -> None:
    """Empty a directory by lifting what lies deeper into it, level by level."""
    top = _open(parent, name)
    unused = map(f".removed-{os.urandom(8).hex()}-{{}}".format, itertools.count())
    try:
        while names := _names(top):
            for child in names:
                if not _unlinked(top, child):
                    _lift(top, child, unused)
                    os.rmdir(child, dir_fd=top)
    finally:
        os.close(top)


def _lift(top: int, name: str, unused: Iterator[str]) -> None:
    """Empty the directory ``name`` by moving its own directories up into ``top``."""
    inner = _open(top, name)
    try:
        for child in _names(inner):
            if not _unlinked(inner, child):
                os.close(_open(inner, child))  # makes it writable, which moving it needs
                os.rename(child, next(unused), src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)


def _names(directory: int) -> list[str]:
    with os.scandir(directory) as entries:
        return [entry.name for entry in entries]


def _unlinked(parent: int, name: str) -> bool:
    """Remove ``name`` and return True, unless it is a directory."""
    try:
        os.unlink(name, dir_fd=parent)
    except (IsADirectoryError, PermissionError):  # POSIX systems differ in what a directory answers
        if _is_directory(parent, name):
            return False
        raise
    return True


def _is_directory(parent: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


def _open(parent: int, name: str) -> int:
    """Open a directory, made readable and writable for its owner first where it is not."""
    try:
        descriptor = os.open(name, _FLAGS, dir_fd=parent)
    except PermissionError:
        _make_readable(parent, name)
        descriptor = os.open(name, _FLAGS, dir_fd=parent)
    if os.fstat(descriptor).st_mode & 0o700 != 0o700:  # noqa: PLR2004 - read, write and search
        os.fchmod(descriptor, 0o700)
    return descriptor


def _make_readable(parent: int, name: str) -> None:
    if os.chmod in os.supports_follow_symlinks:
        os.chmod(name, 0o700, dir_fd=parent, follow_symlinks=False)
        return
    place = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=parent)
    try:
        Path(f"/proc/self/fd/{place}").chmod(0o700)
    finally:
        os.close(place)
