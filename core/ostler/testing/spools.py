"""Read what a task appends to a file, where its driver declares that output goes to files."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final

from ostler.testing.outputs import KEPT_BYTES

if TYPE_CHECKING:
    from pathlib import Path

PAUSE_SECONDS: Final = 0.01


class SpoolOutput:
    """One stream of a task: an empty file at ``path`` that whoever writes appends to.

    ``content`` is the first MiB of what was written; ``digest`` and ``size`` are of it all.
    """

    def __init__(self, path: Path) -> None:
        path.touch(0o600)
        self.path = path

    @property
    def content(self) -> bytes:
        """What has been written so far."""
        with self.path.open("rb") as file:
            return file.read(KEPT_BYTES)

    @property
    def digest(self) -> str:
        """The digest of all that has been written so far."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "blake2b").hexdigest()

    @property
    def size(self) -> int:
        """How much has been written so far."""
        return self.path.stat().st_size

    def closed(self, timeout_seconds: float) -> bool:
        """Wait until no process of this machine has the file open any more."""
        deadline = time.monotonic() + timeout_seconds
        while (held := self._held()) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        return not held

    def shows(self, content: bytes, timeout_seconds: float) -> bool:
        """Wait until exactly ``content`` has been written."""
        self.reaches(len(content), timeout_seconds)
        return self.content == content

    def reaches(self, size_bytes: int, timeout_seconds: float) -> bool:
        """Wait until so much has been written."""
        deadline = time.monotonic() + timeout_seconds
        while self.size < size_bytes and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        return self.size >= size_bytes

    def close(self) -> None:
        """Hold nothing, so that there is nothing to let go."""

    def _held(self) -> bool:
        import psutil

        for process in psutil.process_iter():
            try:
                if any(each.path == str(self.path) for each in process.open_files()):
                    return True
            except psutil.Error:
                continue  # it has ended, or is another user's
        return False
