"""The file that a source is read into: counted, digested, limited."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

from .failures import RefusalError

if TYPE_CHECKING:
    from .channel import Progress


class Sink:
    """A new file, written through a descriptor; fsspec takes it for a file object."""

    def __init__(
        self, name: str, directory: int, progress: Progress, *, algorithm: str, max_bytes: int
    ) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._file = os.open(name, flags, 0o600, dir_fd=directory)
        self._progress = progress
        self._digest = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None
        self._max_bytes = max_bytes
        self.received = 0
        self.total: int | None = None
        self.touched = time.monotonic()

    def write(self, block: bytes) -> int:
        """Write a block.  Raises RefusalError once there is more than the limit."""
        self.received += len(block)
        self.touched = time.monotonic()
        largest = max(self.received, self.total or 0)
        if self._max_bytes and largest > self._max_bytes:
            msg = f"is larger than the {self._max_bytes} bytes that the operator allows"
            raise RefusalError(msg)
        if self._digest:
            self._digest.update(block)
        view = memoryview(block)
        while view:
            view = view[os.write(self._file, view) :]
        self._progress.tell(self.received, self.total)
        return len(block)

    def verify(self, expected: str) -> None:
        """Compare the digest with ``expected`` (hex); nothing is expected where it is empty."""
        if self._digest and self._digest.hexdigest() != expected:
            name, found = self._digest.name, self._digest.hexdigest()
            remedy = "correct whichever is wrong"
            msg = f"checksum differs: expected {name}:{expected}, found {name}:{found}; {remedy}"
            raise RefusalError(msg)
        self._progress.tell(self.received, self.total, finished=True)

    def flush_to_disk(self) -> None:
        """Wait until what was written would survive a power loss."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def read(self) -> bytes:
        """Read nothing; fsspec looks for this method."""
        return b""

    def tell(self) -> int:
        """Return how much was written."""
        return self.received
