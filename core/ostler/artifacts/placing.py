"""Reach a destination without following a link, stage beside it, and put things there by renaming.

A task may have prepared the directories that are written to, or change them meanwhile.  So every
directory is opened from its parent's descriptor and never by path.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from ostler.artifacts.fetcher.directories import DIRECTORY, clear, entry_type, names, open_directory, remove
from ostler.artifacts.fetcher.failures import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Owner: TypeAlias = "tuple[int, int] | None"


class Target:
    """A destination below a trusted root: the part of it that exists, and the part still to make."""

    def __init__(self, root: str, steps: Sequence[str], owner: Owner) -> None:
        self._owner = owner
        self.shown = "/".join(steps)
        self.existing = os.open(root, DIRECTORY)
        self.reached: list[str] = []
        self.missing = list(steps)

    def descend(self, steps: int) -> None:
        """Walk down as far as directories exist, ``steps`` at most."""
        while steps and entry_type(self.existing, self.missing[0]):
            inner = open_directory(self.existing, self.missing[0], "/".join([*self.reached, self.missing[0]]))
            os.close(self.existing)
            self.existing = inner
            self.reached.append(self.missing.pop(0))
            steps -= 1

    def close(self) -> None:
        """Close what is open."""
        os.close(self.existing)

    def put_file(self, staging: int, name: str) -> None:
        """Move a staged file to the destination, over a file that is there already."""
        with self._parent() as parent:
            if entry_type(parent, self.missing[-1]) == stat.S_IFDIR:
                msg = f"can't be placed: {self.shown!r} is a directory; give destination a file's name"
                raise RefusalError(msg)
            os.rename(name, self.missing[-1], src_dir_fd=staging, dst_dir_fd=parent)

    def link_file(self, path: Path) -> bool:
        """Give a file a name at the destination; False where that takes a staging directory.

        One system call puts it there whole, where nothing is there yet.
        """
        try:
            with self._parent() as parent:
                os.link(path, self.missing[-1], dst_dir_fd=parent, follow_symlinks=False)
        except OSError:
            return False
        return True

    def put_tree(self, staging: int, name: str) -> None:
        """Move a staged directory to the destination, or what is in it where one is there already."""
        if self.missing:
            with self._parent() as parent:
                os.rename(name, self.missing[-1], src_dir_fd=staging, dst_dir_fd=parent)
            return
        tree = open_directory(staging, name, name)
        try:
            _refuse_conflicts(tree, self.existing, self.shown)
            _merge(tree, self.existing)
        finally:
            os.close(tree)

    @contextmanager
    def _parent(self) -> Iterator[int]:
        """Make the missing directories above the destination; on failure they are gone again."""
        opened, made = [os.dup(self.existing)], 0
        try:
            for name in self.missing[:-1]:
                os.mkdir(name, 0o700, dir_fd=opened[-1])
                made += 1
                opened.append(open_directory(opened[-1], name, name))
                give(opened[-1], self._owner)
                os.fchmod(opened[-1], 0o755)  # whatever the umask
            yield opened[-1]
        except BaseException:
            for parent, name in reversed(list(zip(opened, self.missing[:made], strict=False))):
                with suppress(OSError):
                    os.rmdir(name, dir_fd=parent)
            raise
        finally:
            for descriptor in opened:
                os.close(descriptor)


def give(descriptor: int, owner: Owner) -> None:
    """Give what is open to its owner, where one is named."""
    if owner is None:
        return
    try:
        os.fchown(descriptor, *owner)
    except PermissionError:
        msg = "chown needs root; leave chown out"
        raise RefusalError(msg) from None


def _refuse_conflicts(source: int, target: int, shown: str) -> None:
    for name in names(source):
        new, old = entry_type(source, name), entry_type(target, name)
        inner = f"{shown}/{name}"
        if old and (new == stat.S_IFDIR) != (old == stat.S_IFDIR):
            msg = f"can't be placed: {inner!r} is there already and only one of the two is a directory"
            raise RefusalError(msg)
        if new == old == stat.S_IFDIR:
            with _both(source, target, name, inner) as (deeper, there):
                _refuse_conflicts(deeper, there, inner)


def _merge(source: int, target: int) -> None:
    for name in names(source):
        if entry_type(source, name) == entry_type(target, name) == stat.S_IFDIR:
            with _both(source, target, name, name) as (deeper, there):
                _merge(deeper, there)
            os.rmdir(name, dir_fd=source)
            continue
        os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)


@contextmanager
def _both(source: int, target: int, name: str, shown: str) -> Iterator[tuple[int, int]]:
    deeper = open_directory(source, name, shown)
    try:
        there = open_directory(target, name, shown)
        try:
            yield deeper, there
        finally:
            os.close(there)
    finally:
        os.close(deeper)


@contextmanager
def staging(directory: int, name: str) -> Iterator[int]:
    """Make a private directory beside the destination; it is gone at the end, with what is in it.

    One of the same name is what somebody left who was killed, and is removed first.
    """
    remove(directory, name)
    os.mkdir(name, 0o700, dir_fd=directory)
    descriptor = os.open(name, DIRECTORY, dir_fd=directory)
    try:
        yield descriptor
    finally:
        clear(descriptor)
        os.close(descriptor)
        with suppress(OSError):  # a task that may write here may have moved it away, empty as it is
            os.rmdir(name, dir_fd=directory)
