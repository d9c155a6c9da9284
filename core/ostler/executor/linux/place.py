"""Where something is mounted: reached without following any link, because a task may have planted some."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def opened(path: str, *, directory: bool = True) -> Iterator[str]:
    """Give a name for ``path``, made if need be, that means just what was found there."""
    descriptor = find(path, directory=directory)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def find(path: str, *, directory: bool = True) -> int:
    """Open an absolute path for looking, made if need be; ELOOP when a link is on the way."""
    parts = [part for part in path.split("/") if part]
    reached = os.open("/", _LOOK)
    try:
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            above, reached = reached, _next(reached, part, directory=directory or not last)
            os.close(above)
    except OSError as error:
        os.close(reached)
        error.filename = path
        raise
    return reached


def _next(above: int, name: str, *, directory: bool) -> int:
    try:
        found = os.open(name, _LOOK, dir_fd=above)
    except FileNotFoundError:
        _make(above, name, directory=directory)
        found = os.open(name, _LOOK, dir_fd=above)
    if stat.S_ISLNK(os.fstat(found).st_mode):
        os.close(found)
        raise OSError(errno.ELOOP, "a symbolic link is in the way")
    return found


def _make(above: int, name: str, *, directory: bool) -> None:
    if directory:
        os.mkdir(name, 0o755, dir_fd=above)
    else:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644, dir_fd=above))
