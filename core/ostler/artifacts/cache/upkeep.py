"""List what a cache keeps, remove what is too much or too old, and read all of it to see that it is right."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ostler.artifacts.cache.records import differing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ostler.artifacts.cache.store import Entry, Store

_LEFT_SECONDS: Final = 24 * 3600.0


@frozen(kw_only=True)
class Listed:
    """One thing in a cache: ``part`` is ``content`` or what was made of it, ``tar.gz-tree`` for example.

    ``in_use`` says that it is being placed, or that a task has it by a hard link.
    """

    key: str
    part: str
    source: str
    size_bytes: int
    files: int
    made: float
    used: float
    in_use: bool


@frozen(kw_only=True)
class Pruned:
    """What was removed, and how much is left."""

    removed: tuple[Listed, ...]
    kept_bytes: int

    @property
    def freed_bytes(self) -> int:
        """How much was removed."""
        return sum(each.size_bytes for each in self.removed)


@frozen(kw_only=True)
class Verified:
    """One thing that was read in whole; ``differing`` are the paths that were not what they should be."""

    listed: Listed
    differing: tuple[str, ...]


def contents(store: Store) -> list[Listed]:
    """List all that is kept, what was used last first; its files are not read."""
    return sorted((_listed(store, entry) for entry in _entries(store)), key=lambda each: -each.used)


def prune(
    store: Store, *, max_bytes: int = 0, max_age_seconds: float = 0.0, everything: bool = False
) -> Pruned:
    """Remove what was not used for longest, until no more than ``max_bytes`` are kept, and what is too old.

    0 is no limit.  What is in use stays.  What was left half made goes after a day, or with everything.
    """
    _drop_unfinished(store, 0.0 if everything else _LEFT_SECONDS)
    entries = sorted(((entry.used, entry) for entry in _entries(store)), key=lambda pair: pair[0])
    left = sum(entry.record.size_bytes for _, entry in entries)
    oldest = time.time() - max_age_seconds if max_age_seconds else 0.0
    removed = []
    for used, entry in entries:
        if not (everything or used < oldest or (max_bytes and left > max_bytes)):
            continue
        listed = _listed(store, entry)
        if not listed.in_use and _removed(store, entry):
            left -= entry.record.size_bytes
            removed.append(listed)
    return Pruned(removed=tuple(removed), kept_bytes=left)


def verify(store: Store) -> Iterator[Verified]:
    """Read all that is kept and compare digests; what differs is removed, but where it is being placed."""
    for entry in _entries(store):
        listed = _listed(store, entry)
        with closing(store.lock(entry.key)) as lock:
            if not lock.share() or not entry.directory.exists():
                continue
            found = tuple(differing(entry.directory, entry.record))
            if found and lock.take():
                store.discard(entry.directory.name)
        yield Verified(listed=listed, differing=found)


def _entries(store: Store) -> Iterator[Entry]:
    for name in store.names():
        entry = store.find(name)
        if entry:
            yield entry
            continue
        with closing(store.lock(name.partition(".")[0])) as lock:
            if lock.take() and not store.find(name):
                store.discard(name)  # nobody can tell what it is


def _listed(store: Store, entry: Entry) -> Listed:
    record = entry.record
    try:
        used = entry.used
    except FileNotFoundError:  # somebody removed it meanwhile
        used = record.made
    return Listed(
        key=entry.key,
        part=entry.directory.name.partition(".")[2],
        source=record.source,
        size_bytes=record.size_bytes,
        files=len(record.files),
        made=record.made,
        used=used,
        in_use=_is_linked(entry) or not _is_free(store, entry.key),
    )


def _is_free(store: Store, key: str) -> bool:
    with closing(store.lock(key)) as lock:
        return lock.take()


def _is_linked(entry: Entry) -> bool:
    """Say whether a task has one of the files by a hard link: removing it would free nothing."""
    own = Counter(stamp.inode for stamp in entry.record.files.values())
    for path, stamp in entry.record.files.items():
        try:
            found = (entry.item / path if path else entry.item).lstat()
        except FileNotFoundError:
            continue
        if found.st_nlink > own[stamp.inode]:
            return True
    return False


def _removed(store: Store, entry: Entry) -> bool:
    with closing(store.lock(entry.key)) as lock:
        if not lock.take() or _is_linked(entry):
            return False
        store.discard(entry.directory.name)
        if not any(name.startswith(f"{entry.key}.") for name in store.names()):
            lock.remove()
    return True


def _drop_unfinished(store: Store, seconds: float) -> None:
    oldest = time.time() - seconds
    for directory in store.unfinished():
        with closing(store.lock(directory.name.partition(".")[0])) as lock:
            if lock.take() and (_touched(directory) <= oldest or directory.suffix == ".gone"):
                store.drop(directory.name)


def _touched(directory: Path) -> float:
    """Return when something last changed in a directory that may vanish."""
    try:
        return max(path.lstat().st_mtime for path in (directory, *directory.iterdir()))
    except FileNotFoundError:
        return 0.0
