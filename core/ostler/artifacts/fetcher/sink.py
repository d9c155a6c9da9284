"""The file that a source is read into: counted, digested, limited, and kept to be taken up again."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import time
from typing import TYPE_CHECKING, Final

from .failures import RefusalError, explain_writing

if TYPE_CHECKING:
    from .channel import Progress

BLOCK_BYTES: Final = 1024 * 1024


class Sink:
    """An open file that grows at its end, with the digest of all that is in it.

    What it holds already, from a fetch that was cut, is digested first.
    """

    def __init__(self, descriptor: int, progress: Progress, *, algorithm: str, max_bytes: int) -> None:
        self.descriptor = descriptor
        self._progress = progress
        self._algorithm = algorithm
        self._max_bytes = max_bytes
        self._digest = Digest(algorithm)
        self.received = 0
        self.kept = 0  # how much of it was there when this try began
        self.total: int | None = None
        self.touched = time.monotonic()

    def take_up(self) -> None:
        """Count and digest what the file holds already."""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        while block := os.read(self.descriptor, BLOCK_BYTES):
            self.received += len(block)
            self.touched = time.monotonic()
            self._digest.update(block)

    def begin(self) -> None:
        """Note that a try begins: what is there already is kept, unless it is begun anew."""
        self.kept = self.received
        self.touched = time.monotonic()

    def restart(self) -> None:
        """Forget what came."""
        os.ftruncate(self.descriptor, 0)
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        self._digest.close()
        self._digest = Digest(self._algorithm)
        self.received, self.kept, self.total = 0, 0, None

    def write(self, block: bytes | memoryview) -> int:
        """Write a block, which the caller leaves as it is until the next one is written.

        Raises RefusalError once there is more than the limit, LocalTroubleError where the file can't take it.
        """
        self.received += len(block)
        self.touched = time.monotonic()
        largest = max(self.received, self.total or 0)
        if self._max_bytes and largest > self._max_bytes:
            msg = f"is larger than the {self._max_bytes} bytes that the operator allows"
            raise RefusalError(msg)
        self._digest.update(block)
        self._store(memoryview(block))
        self._progress.tell(self.received, self.total, kept=self.kept)
        return len(block)

    def _store(self, view: memoryview) -> None:
        """Write all of it; the file lacks what was counted where that fails, so nothing may follow it."""
        try:
            while view:
                view = view[os.write(self.descriptor, view) :]
        except OSError as error:
            raise explain_writing(error) from error

    def verify(self, expected: str) -> str:
        """Compare the digest with ``expected`` (hex), unless that is empty, and return it."""
        found = self._digest.result()
        if expected and found != expected:
            name = self._algorithm
            remedy = "correct whichever is wrong"
            msg = f"checksum differs: expected {name}:{expected}, found {name}:{found}; {remedy}"
            raise RefusalError(msg, "options.checksum")
        self._progress.tell(self.received, self.total, kept=self.kept, finished=True)
        return found

    def flush_to_disk(self) -> None:
        """Wait until what was written would survive a power loss."""
        os.fsync(self.descriptor)

    def close(self) -> None:
        """End the digest; the file stays open, it is the caller's."""
        self._digest.close()


class Digest:
    """A digest that is computed in a thread, one block behind: reading and hashing take place at once."""

    def __init__(self, algorithm: str) -> None:
        self._hash = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None
        self._blocks: queue.SimpleQueue[bytes | memoryview | None] = queue.SimpleQueue()
        self._free = threading.Semaphore(1)
        self._thread: threading.Thread | None = None

    def update(self, block: bytes | memoryview) -> None:
        """Hash a block once the one before it is hashed."""
        if self._hash is None:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="digest", daemon=True)
            self._thread.start()
        self._free.acquire()
        self._blocks.put(block)

    def _work(self) -> None:
        assert self._hash  # noqa: S101 - else there is no thread
        while (block := self._blocks.get()) is not None:
            self._hash.update(block)
            self._free.release()

    def result(self) -> str:
        """Return the digest in hex, or nothing where none was asked for."""
        self.close()
        return self._hash.hexdigest() if self._hash else ""

    def close(self) -> None:
        """Wait for the thread to end."""
        if self._thread:
            self._blocks.put(None)
            self._thread.join()
            self._thread = None
