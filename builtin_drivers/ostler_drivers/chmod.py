"""Make a task's own program executable, and nothing that a link leads to."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Final

_EVERYONE: Final = 0o555


def make_executable(directory: str, path: str) -> None:
    """Let everyone read and execute ``path`` below ``directory``, as Nomad does.

    An earlier attempt of the task may have planted links there: a file that one leads to, or that has
    another name elsewhere, is left as it is.
    """
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        return
    with suppress(OSError):  # whether it can be executed is found out, and said, at the start
        file = _open(directory, parts)
        try:
            found = os.fstat(file)
            mode = stat.S_IMODE(found.st_mode)
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and mode & _EVERYONE != _EVERYONE:
                os.fchmod(file, mode | _EVERYONE)
        finally:
            os.close(file)


def _open(directory: str, parts: list[str]) -> int:
    reached = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for index, part in enumerate(parts):
        kind = os.O_DIRECTORY if index < len(parts) - 1 else os.O_NONBLOCK
        above = reached
        try:
            reached = os.open(
                part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC | kind, dir_fd=above
            )
        finally:
            os.close(above)
    return reached
