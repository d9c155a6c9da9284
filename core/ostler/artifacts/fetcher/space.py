"""Say which file system is full."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def fullest(directories: Iterable[str]) -> str:
    """Name the file system with the least room among those that directories lie on; empty where none is."""
    found = []
    for directory in directories:
        with suppress(OSError):
            found.append((_free(directory), _mount_point(os.path.realpath(directory))))
    if not found:
        return ""
    return f"the file system at {min(found)[1]}"


def _free(directory: str) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


def _mount_point(path: str) -> str:
    while not os.path.ismount(path):  # noqa: PTH - as the rest of these lines, on texts
        path = os.path.dirname(path)  # noqa: PTH120
    return path
