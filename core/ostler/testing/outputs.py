"""Read what a task writes, through a FIFO as the runner does."""

from __future__ import annotations

import hashlib
import os
import select
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

CHUNK: Final = 1 << 18
KEPT_BYTES: Final = 1 << 20


class Output:
    """One stream of a task: a FIFO at ``path`` and a thread that reads it until nobody can write to it.

    ``content`` keeps the first MiB of what was written; ``digest`` and ``size`` are of it all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path, 0o600)
        self.size = 0
        self._kept = bytearray()
        self._hash = hashlib.blake2b()
        self._fifo = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._wake, self._waker = os.pipe2(os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
        self._thread = threading.Thread(target=self._read, name=f"output {path.name}", daemon=True)
        self._thread.start()

    @property
    def content(self) -> bytes:
        """What has been written so far."""
        return bytes(self._kept)

    @property
    def digest(self) -> str:
        """The digest of all that has been written so far."""
        return self._hash.hexdigest()

    def closed(self, timeout_seconds: float) -> bool:
        """Wait until the last process that could write has ended or closed it."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def shows(self, content: bytes, timeout_seconds: float) -> bool:
        """Wait until exactly ``content`` has been written."""
        self.reaches(len(content), timeout_seconds)
        return self.content == content

    def reaches(self, size_bytes: int, timeout_seconds: float) -> bool:
        """Wait until so much has been written."""
        deadline = time.monotonic() + timeout_seconds
        while self.size < size_bytes and time.monotonic() < deadline:
            self._thread.join(0.005)
            if not self._thread.is_alive():
                break
        return self.size >= size_bytes

    def close(self) -> None:
        """Stop reading."""
        if self._waker >= 0:
            os.close(self._waker)
            self._thread.join()
            os.close(self._fifo)
            os.close(self._wake)
            self._waker = -1

    def _read(self) -> None:
        poll = select.poll()
        poll.register(self._fifo, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            events = dict(poll.poll())
            if self._wake in events:
                return
            piece = os.read(self._fifo, CHUNK) if self._fifo in events else b""
            if not piece:
                return
            self._kept += piece[: KEPT_BYTES - len(self._kept)]
            self._hash.update(piece)
            self.size += len(piece)
