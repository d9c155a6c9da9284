"""Where a download lies until it is whole: a file with a fixed name, so that the next try takes it up.

Beside ``NAME.part`` lies ``NAME.json``: what the server said the bytes belong to.  A file of which
nothing is known can't be taken up and is begun anew.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from .directories import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTIAL: Final = "partial"
_CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_BYTES: Final = 65536


class Validator(NamedTuple):
    """What tells that two answers are parts of the same bytes; ``etag`` is a strong one or empty."""

    etag: str = ""
    modified: str = ""
    size: int | None = None

    @property
    def holds(self) -> bool:
        """Tell that this is enough to go on from the middle."""
        return bool(self.etag) or bool(self.modified and self.size is not None)

    def same(self, other: Validator) -> bool:
        """Tell that another answer is of the same bytes; one that came in chunks did not tell its size."""
        sizes = {self.size, other.size} - {None}
        if self.etag:
            return self.etag == other.etag and len(sizes) <= 1
        return self.holds and self == other


class Partial:
    """The file of one download, held by this process alone; ``source`` is where its bytes come from.

    What came from elsewhere is not gone on from, whatever is said of it there.
    """

    def __init__(self, directory: str, name: str, source: str) -> None:
        self._source = source
        self._directory = os.open(directory, DIRECTORY)
        self.name = name
        self.descriptor = os.open(f"{name}.part", _CREATE, 0o600, dir_fd=self._directory)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = self._is_there()
        except BlockingIOError:
            held = False
        if not held:  # another fetch of the same is under way
            os.close(self.descriptor)
            self.name = f"{name}-{os.urandom(8).hex()}"
            self.descriptor = os.open(f"{self.name}.part", _CREATE | os.O_EXCL, 0o600, dir_fd=self._directory)
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        self.path = f"{directory}/{self.name}.part"
        self._shared_name = self.name == name

    def _is_there(self) -> bool:
        """Tell that the name still leads to the file that was locked."""
        with suppress(FileNotFoundError):
            there = os.stat(f"{self.name}.part", dir_fd=self._directory, follow_symlinks=False)
            return os.path.samestat(there, os.fstat(self.descriptor))
        return False

    @property
    def size(self) -> int:
        """How many bytes came."""
        return os.fstat(self.descriptor).st_size

    def validator(self) -> Validator:
        """Return what is known of the bytes that are there."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            file = os.open(f"{self.name}.json", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._directory)
            with os.fdopen(file, "rb") as opened:
                known = json.loads(opened.read(_MOST_BYTES))
            # Bytes that were not flushed may have become zeros when the machine went down.
            if (known.pop("boot"), known.pop("source")) == (_boot(), self._source):
                return Validator(**known)
        return Validator()

    def remember(self, validator: Validator) -> None:
        """Write down what the bytes belong to, before the first of them is written."""
        known: Mapping[str, object] = {
            **validator._asdict(),
            "boot": _boot(),
            "source": self._source,
        }
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        file = os.open(f"{self.name}.json", flags, 0o600, dir_fd=self._directory)
        with os.fdopen(file, "wb") as opened:
            opened.write(json.dumps(known).encode())

    def drop(self) -> None:
        """Remove it: it is placed, or nobody could go on with it."""
        for suffix in ("part", "json"):
            with suppress(FileNotFoundError):
                os.unlink(f"{self.name}.{suffix}", dir_fd=self._directory)

    def leave(self) -> None:
        """Leave it for the next try, if that can go on with it."""
        if not (self._shared_name and self.size and self.validator().holds):
            self.drop()

    def close(self) -> None:
        """Let go of it."""
        os.close(self.descriptor)
        os.close(self._directory)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
