"""What the driver keeps of each task from its start until it is destroyed: one small file."""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREFIX: Final = "ostler"


def key_of(task_id: str) -> str:
    """Give what stands for one attempt of a task: its id without the task's name, which may hold anything."""
    parts = task_id.split("/")
    return f"{parts[0]}/{parts[-1]}"


class Records:
    """The tasks of one data directory that were started and not destroyed, and what they were ended for."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ending = threading.Lock()

    def comment(self, key: str) -> str:
        """Give the comment by which a job is known to be that of ``key``, and of this data directory."""
        return f"{PREFIX}/{self._owner()}/{key}"

    def key(self, comment: str) -> str | None:
        """Give the key in a job's comment; None where another data directory, or nobody, made it."""
        own = f"{PREFIX}/{self._owner()}/"
        return comment.removeprefix(own) if comment.startswith(own) else None

    def make(self, key: str) -> None:
        """Begin to know a task."""
        self._write(key, "")

    def known(self, key: str) -> bool:
        """Tell whether a task was started and not destroyed."""
        return self._path(key).exists()

    def keys(self) -> Iterator[str]:
        """Name the tasks that are known."""
        for path in self._directory.glob("*.task"):
            yield path.stem.replace(".", "/")

    def end_for(self, key: str, cause: str) -> None:
        """Write down what a task is ended for; the first cause stays."""
        with self._ending:  # a stop, another one and the thread that looks for what is overdue may meet
            if self.known(key) and not self.cause(key):
                self._write(key, cause)

    def cause(self, key: str) -> str:
        """Say what Ostler ended a task for; empty where it did not."""
        try:
            return self._path(key).read_text("utf-8")
        except FileNotFoundError:
            return ""

    def forget(self, key: str) -> None:
        """Know a task no more."""
        with self._ending:
            self._path(key).unlink(missing_ok=True)

    def _owner(self) -> str:
        """Tell this directory from all others, here and on the machines of the cluster."""
        status = self._directory.stat()
        words = f"{platform.node()} {self._directory.resolve()} {status.st_ino}"
        return hashlib.sha256(os.fsencode(words)).hexdigest()[:16]

    def _write(self, key: str, text: str) -> None:
        path = self._path(key)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(text, "utf-8")
        unfinished.replace(path)

    def _path(self, key: str) -> Path:
        return self._directory / f"{key.replace('/', '.')}.task"
