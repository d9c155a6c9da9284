"""Lock what one key stands for among all threads and processes that share a cache."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Lock:
    """A lock that many may share or one may have alone; nobody waits here, they ask again.

    It is a file of its own and not the artifact's, on which a task could take a lock too.  The kernel
    lets go of it once nobody has it open any more: whoever is killed holds nobody up.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def share(self) -> bool:
        """Take it with others, or change from having it alone; False if one has it alone."""
        return self._take(fcntl.LOCK_SH)

    def take(self) -> bool:
        """Take it alone, or change from sharing; False if anybody has it, and then it is let go."""
        return self._take(fcntl.LOCK_EX)

    def fileno(self) -> int:
        """Return the descriptor that holds it; a process that inherits it holds it too."""
        return self._file

    def remove(self) -> None:
        """Remove the file of a lock that is held alone."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self, how: int) -> bool:
        while True:
            if self._file < 0:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(self._file, how | fcntl.LOCK_NB)
            except BlockingIOError:
                self.close()
                return False
            if self._is_there():
                return True
            self.close()  # somebody removed it before it was ours

    def _is_there(self) -> bool:
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        return False
