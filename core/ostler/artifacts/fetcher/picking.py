"""Pick the part of an unpacked tree that the source names after ``//``."""

from __future__ import annotations

import os
import stat
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .directories import DIRECTORY, entry_type, names, open_directory
from .failures import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterator


def pick(tree: int, pattern: str, directory: int, name: str) -> tuple[str, bool]:
    """Move the one entry of ``tree`` that matches to ``name`` in ``directory``.

    Returns the path that it had, and whether it is a directory.
    Each step of the pattern may hold ``*``, ``?`` and ``[...]``.  Raises RefusalError where none or more than
    one matches, and for a link that would leave the part.
    """
    steps = [step for step in pattern.split("/") if step not in {"", "."}]
    found = list(_matches(tree, steps, []))
    if len(found) != 1:
        listed = ", ".join(sorted("/".join(path) for path in found)[:5])
        what = f"{len(found)} parts match ({listed})" if found else "no part matches"
        msg = f"{what} {pattern!r}, and it has to be one; name it after the '//'"
        raise RefusalError(msg)
    parent, path = tree, found[0]
    for step in path[:-1]:
        parent = open_directory(parent, step, step)
    kind = entry_type(parent, path[-1])
    if kind == stat.S_IFLNK:
        msg = f"{'/'.join(path)!r} is a symbolic link; name what it leads to"
        raise RefusalError(msg)
    os.rename(path[-1], name, src_dir_fd=parent, dst_dir_fd=directory)
    if kind == stat.S_IFDIR:
        _refuse_leaving(os.open(name, DIRECTORY, dir_fd=directory), [])
    return "/".join(path), kind == stat.S_IFDIR


def _matches(directory: int, steps: list[str], path: list[str]) -> Iterator[list[str]]:
    if not steps:
        return
    for name in names(directory):
        if not fnmatchcase(name, steps[0]):
            continue
        if len(steps) == 1:
            yield [*path, name]
        elif entry_type(directory, name) == stat.S_IFDIR:
            inner = os.open(name, DIRECTORY, dir_fd=directory)
            try:
                yield from _matches(inner, steps[1:], [*path, name])
            finally:
                os.close(inner)


def _refuse_leaving(directory: int, path: list[str]) -> None:
    """Refuse a link that stayed in the whole tree and leaves the part; closes ``directory``."""
    try:
        for name in names(directory):
            kind = entry_type(directory, name)
            if kind == stat.S_IFDIR:
                _refuse_leaving(os.open(name, DIRECTORY, dir_fd=directory), [*path, name])
            elif kind == stat.S_IFLNK:
                target = os.readlink(name, dir_fd=directory)
                if target.split("/").count("..") > len(path):
                    shown = "/".join([*path, name])
                    msg = f"holds the link {shown!r} to {target!r}, which leaves the part; fetch the whole"
                    raise RefusalError(msg)
    finally:
        os.close(directory)
