"""Find the host path that an artifact's destination means."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ostler.errors import Problem, RefusedError

if TYPE_CHECKING:
    from ostler.drivers.values import Directories


def destination(directories: Directories, written: str, *, where: str = "", path: str = "") -> str:
    """Return the host path of an artifact's destination, which is relative to the task's directory.

    The default is ``local/``.  A path that ends with ``/`` keeps it: with mode ``file``, such a one names
    the directory and the source names the file.  ``alloc/`` and ``../alloc/`` are the directory that the
    tasks share.  Interpolate with the host's own paths first (an environment made for Filesystem.NONE).
    Raises RefusedError for a path outside the task's and the shared directory.
    """
    given = written or "local/"
    for found in (os.path.normpath(given), os.path.normpath(f"{directories.task}/{given}")):
        if _below(found, directories.task) or _below(found, directories.shared):
            return _shared(found, directories) + ("/" if given.endswith("/") else "")
    text = f"artifact destination path escapes the allocation directory: {written!r}; choose one below local/"
    raise RefusedError(str(Problem(where, path, text)))


def _shared(found: str, directories: Directories) -> str:
    inside = f"{directories.task}/alloc"
    if _below(found, inside):
        return directories.shared + found[len(inside) :]
    return found


def _below(path: str, root: str) -> bool:
    return PurePosixPath(path).is_relative_to(root)
