"""What is written down of a thing in the cache, and how it is told that it is still the same."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from attrs import Factory, asdict, field, frozen

from ostler.artifacts.fetcher.directories import DIGESTS, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RECORD: Final = "record.json"
_VERSION: Final = 1
_BLOCK: Final = 1024 * 1024


class Stamp(NamedTuple):
    """What a file is known by without reading it, and the digest of what it held when it was made."""

    size: int
    modified_ns: int
    inode: int
    digest: str

    def fits(self, found: os.stat_result) -> bool:
        """Say whether a file is still as it was."""
        return (found.st_size, found.st_mtime_ns, found.st_ino) == self[:3]


def _stamps(written: Mapping[str, Any]) -> dict[str, Stamp]:
    return {path: Stamp(*stamp) for path, stamp in written.items()}


def _texts(written: Iterable[str]) -> tuple[str, ...]:
    return tuple(written)


@frozen(kw_only=True)
class Record:
    """One thing in the cache: a file, or a directory that an archive was unpacked into.

    ``algorithm`` and ``digest`` are those of what the source gave.  ``validator`` is by what its server
    knows it.  ``access`` says under which credentials it was had ("" for none), without telling them.
    ``boot`` names the start of the machine since which the files may not be on the disk yet.
    """

    version: int = _VERSION
    source: str
    made: float = Factory(time.time)
    algorithm: str
    digest: str
    validator: str = ""
    access: tuple[str, ...] = field(converter=_texts)
    boot: str = ""
    is_tree: bool = False
    files: Mapping[str, Stamp] = field(converter=_stamps)
    links: Mapping[str, str] = Factory(dict)

    @property
    def size_bytes(self) -> int:
        """How many bytes its files hold."""
        return sum(stamp.size for stamp in self.files.values())

    @property
    def count(self) -> int:
        """How many files and links there are, and directories that hold some."""
        paths = (*self.files, *self.links)
        directories = {path[:end] for path in paths for end, letter in enumerate(path) if letter == "/"}
        return len(paths) + len(directories)

    def write(self, directory: Path) -> None:
        """Write this down beside what it is about."""
        fresh = directory / f"{RECORD}.new"
        fresh.write_text(json.dumps(asdict(self, recurse=False)))
        fresh.replace(directory / RECORD)


def read(directory: Path) -> Record | None:
    """Read what is written down in a directory of the cache, None where there is nothing of use."""
    try:
        written = json.loads((directory / RECORD).read_bytes())
        return Record(**written) if written["version"] == _VERSION else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def examined(directory: Path, digests: Mapping[str, str]) -> dict[str, Any]:
    """Look at what was made in a directory; ``digests`` are those of its files."""
    item = directory / ITEM
    if not item.is_dir():
        return {"files": {"": _stamp(item.lstat(), digests[""])}}
    files, links = {}, {}
    for path, found in _walk(item, ""):
        if stat.S_ISREG(found.st_mode):
            files[path] = _stamp(found, digests[path])
        elif stat.S_ISLNK(found.st_mode):
            links[path] = _target(item / path)
    return {"is_tree": True, "boot": boot(), "files": files, "links": links}


def digests_of(directory: Path) -> dict[str, str]:
    """Read, and remove, what the fetcher wrote of the files that it made."""
    written = directory / DIGESTS
    digests: dict[str, str] = json.loads(written.read_bytes())
    written.unlink()
    return digests


def is_intact(directory: Path, record: Record) -> bool:
    """Say whether all files are there, with size, time and inode as they were; nothing is read."""
    return next(_differing(directory, record, reading=False), None) is None


def differing(directory: Path, record: Record) -> list[str]:
    """Read all files and return the paths of those that are not what they were."""
    return sorted(_differing(directory, record, reading=True))


def _differing(directory: Path, record: Record, *, reading: bool) -> Iterator[str]:
    item = directory / ITEM
    found = dict(_walk(item, "")) if record.is_tree else {"": item.lstat()} if item.is_file() else {}
    for path, stamp in record.files.items():
        status = found.pop(path, None)
        same = status is not None and stat.S_ISREG(status.st_mode) and stamp.fits(status)
        if not same or (reading and stamp.digest != _digest(item / path, _by(record))):
            yield path
    for path, target in record.links.items():
        status = found.pop(path, None)
        if status is None or not stat.S_ISLNK(status.st_mode) or _target(item / path) != target:
            yield path
    yield from (path for path, status in found.items() if not stat.S_ISDIR(status.st_mode))


def _target(link: Path) -> str:
    return os.readlink(link)  # noqa: PTH115 - a Path would say it in other words


def _by(record: Record) -> str:
    only = record.files.get("")
    return record.algorithm if only and only.digest == record.digest else "sha256"


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _stamp(found: os.stat_result, digest: str) -> Stamp:
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ino, digest)


def _walk(directory: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        entries = list(os.scandir(directory))
    except FileNotFoundError:
        return
    for entry in entries:
        found = entry.stat(follow_symlinks=False)
        yield prefix + entry.name, found
        if stat.S_ISDIR(found.st_mode):
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")


@cache
def boot() -> str:
    """Return what names this start of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
