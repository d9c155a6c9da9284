"""The directory of a cache: what is made, what is kept, and the locks on both."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from ostler.artifacts.cache.locks import Lock
from ostler.artifacts.cache.records import RECORD, Record, boot, differing, is_intact, read
from ostler.artifacts.fetcher.directories import ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.artifacts.values import Policy

_PRIVATE: Final = 0o700


@frozen(kw_only=True)
class Entry:
    """One thing that a store keeps."""

    directory: Path
    record: Record

    @property
    def item(self) -> Path:
        """The file or the directory itself."""
        return self.directory / ITEM

    @property
    def key(self) -> str:
        """The key of the artifact that it is, or was made of."""
        return self.directory.name.partition(".")[0]

    @property
    def used(self) -> float:
        """When it was last placed, in seconds since the epoch."""
        return (self.directory / RECORD).stat().st_mtime

    def may_be_had(self, access: str, policy: Policy) -> bool:
        """Say whether who asks could have it from the source, under the rules of today."""
        record = self.record
        if not {"", access} & set(record.access):
            return False
        if not record.is_tree:
            return not policy.max_size_bytes or record.size_bytes <= policy.max_size_bytes
        fits = not policy.max_unpacked_bytes or record.size_bytes <= policy.max_unpacked_bytes
        return fits and (not policy.max_files or record.count <= policy.max_files)

    def touch(self) -> None:
        """Note that it was placed just now."""
        os.utime(self.directory / RECORD)

    @property
    def is_on_disk(self) -> bool:
        """Whether nothing of it can have been lost since it was made."""
        return self.record.boot in {"", boot()}

    def is_intact(self) -> bool:
        """Say whether it is as it was made, by what can be told without reading it.

        Where it may have been lost when the machine stopped, it is read.
        """
        if self.is_on_disk:
            return is_intact(self.directory, self.record)
        return not differing(self.directory, self.record)


class Store:
    """A directory that no task can enter, with one directory for each thing in it.

    ``making`` holds what is being made, or what was left of it; ``entries`` what is whole, with its
    record.  A thing gets from the one to the other by being renamed.  All that changes a thing is done
    by who holds the lock of its key alone.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for each in (directory, *(directory / name for name in ("entries", "making", "locks"))):
            each.mkdir(_PRIVATE, parents=True, exist_ok=True)

    def lock(self, key: str) -> Lock:
        """Return the lock of a key, which is not held yet."""
        return Lock(self.directory / "locks" / key)

    def making(self, name: str) -> Path:
        """Return the directory to make a thing in; what somebody left there is still there."""
        made = self.directory / "making" / name
        made.mkdir(_PRIVATE, exist_ok=True)
        return made

    def making_anew(self, name: str) -> Path:
        """Return an empty directory to make a thing in."""
        self.drop(name)
        return self.making(name)

    def drop(self, name: str) -> None:
        """Remove what was being made."""
        shutil.rmtree(self.directory / "making" / name, ignore_errors=True)

    def keep(self, name: str, record: Record) -> Entry:
        """Keep what was made, in place of what was kept by that name."""
        made = self.directory / "making" / name
        record.write(made)
        self.discard(name)
        kept = self.directory / "entries" / name
        made.rename(kept)
        return Entry(directory=kept, record=record)

    def discard(self, name: str) -> None:
        """Remove what is kept."""
        kept = self.directory / "entries" / name
        with suppress(FileNotFoundError):
            kept.rename(self.directory / "making" / f"{name}.gone")  # at once, for whoever looks
        self.drop(f"{name}.gone")

    def find(self, name: str) -> Entry | None:
        """Return what is kept by a name."""
        directory = self.directory / "entries" / name
        record = read(directory)
        return Entry(directory=directory, record=record) if record else None

    def sound(self, name: str, access: str, policy: Policy) -> Entry | None:
        """Return what is kept, is as it was, and may be had; what changed is removed."""
        entry = self.find(name)
        if entry is None:
            return None
        if not entry.is_intact():
            self.discard(name)
            return None
        return self._trusted(entry) if entry.may_be_had(access, policy) else None

    def names(self) -> list[str]:
        """Return the names of all that is kept."""
        return sorted(path.name for path in (self.directory / "entries").iterdir())

    def unfinished(self) -> Iterator[Path]:
        """Give the directories of all that is being made, or was left."""
        yield from sorted((self.directory / "making").iterdir())

    def hand_over(self, name: str, to: Store) -> None:
        """Give what was made to another store."""
        to.drop(name)
        _move(self.directory / "making" / name, to.directory / "making" / name)
        item = to.directory / "making" / name / ITEM
        if item.is_file():  # it may be a copy on another file system
            with item.open("rb") as file:
                os.fsync(file.fileno())

    def _trusted(self, entry: Entry) -> Entry:
        """Note that something which may have been lost when the machine stopped was not."""
        record = evolve(entry.record, boot=boot() if entry.record.boot else "")
        if record != entry.record:
            record.write(entry.directory)
        return Entry(directory=entry.directory, record=record)


def _move(source: Path, target: Path) -> None:
    """Move a directory, by a copy from one file system to another; raise what went wrong first."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)
        shutil.rmtree(source)


def _copy(source: Path, target: Path) -> None:
    failed: list[OSError] = []

    def copy(one: str, other: str) -> None:
        try:
            shutil.copy2(one, other, follow_symlinks=False)
        except OSError as error:
            failed.append(error)
            raise

    try:
        shutil.copytree(source, target, symlinks=True, copy_function=copy)
    except shutil.Error as error:
        raise failed[0] if failed else error from None
