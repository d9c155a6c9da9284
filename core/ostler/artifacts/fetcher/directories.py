"""Work in directories by their descriptors, so that no link on the way is followed."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Final

from .failures import RefusalError

DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
ITEM: Final = "item"  # what the fetcher makes, in the directory that it is given for it
DIGESTS: Final = "digests.json"  # and what it writes beside it
_ESCAPES: Final = "artifact destination path escapes the allocation directory"


def entry_type(directory: int, name: str) -> int:
    """Return the file type of an entry (``stat.S_IFDIR`` ...), or 0 where there is none."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0


def names(directory: int) -> list[str]:
    """List a directory."""
    with os.scandir(directory) as entries:
        return sorted(entry.name for entry in entries)


def open_directory(directory: int, name: str, shown: str) -> int:
    """Open a directory inside another.  Raises RefusalError for a link or anything else."""
    try:
        return os.open(name, DIRECTORY, dir_fd=directory)
    except OSError:
        kind = entry_type(directory, name)
        if kind == stat.S_IFLNK:
            msg = f"{_ESCAPES}: {shown!r} is a symbolic link; name a directory that is none"
            raise RefusalError(msg) from None
        if kind not in {0, stat.S_IFDIR}:
            msg = f"can't be placed: {shown!r} is not a directory"
            raise RefusalError(msg) from None
        raise


def clear(directory: int) -> None:
    """Remove all that is in a directory, never through a link."""
    for name in names(directory):
        remove(directory, name)


def remove(directory: int, name: str) -> None:
    """Remove an entry of a directory, with all that is in it; what is gone already is fine."""
    if entry_type(directory, name) != stat.S_IFDIR:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=directory)
        return
    inner = os.open(name, DIRECTORY, dir_fd=directory)
    try:
        clear(inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=directory)
