"""What must survive this process: who owns an allocation, and the handles of its running tasks."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

from ostler.drivers.values import Process, TaskHandle
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION: Final = 1


class AllocationState:
    """The records of one allocation in ``directory``, which exactly one living process owns."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(directory / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            text = (
                f"can't write to {directory}: {error.strerror}; choose another data directory with --data-dir"
            )
            raise MistakeError.single(text) from error

    def own(self) -> bool:
        """Become the owner; False if another living process is."""
        try:
            import fcntl
        except ImportError:
            return True
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def keep(self, handle: TaskHandle) -> None:
        """Write a handle down so that it survives a SIGKILL of this process from here on."""
        name = handle.task_id.rsplit("/", 1)[-1]
        unfinished = self._directory / f".{name}.part"
        unfinished.write_text(json.dumps({"version": VERSION, "handle": to_plain(handle)}), "utf-8")
        unfinished.replace(self._directory / f"{name}.json")

    def drop(self, handle: TaskHandle) -> None:
        """Forget the handle of a task that was destroyed."""
        name = handle.task_id.rsplit("/", 1)[-1]
        (self._directory / f"{name}.json").unlink(missing_ok=True)

    def handles(self) -> Iterator[TaskHandle]:
        """Read the handles of the tasks that were not destroyed; what can't be read is left alone."""
        for path in sorted(self._directory.glob("*.json")):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                yield from_plain(json.loads(path.read_text("utf-8"))["handle"])

    def remove(self) -> None:
        """Remove the records of an allocation that has ended."""
        for path in self._directory.iterdir():
            path.unlink()
        self._directory.rmdir()
        self.close()

    def close(self) -> None:
        """Give up the ownership and keep the records."""
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1


def to_plain(handle: TaskHandle) -> dict[str, Any]:
    """Give a handle as plain data that JSON can hold."""
    return {
        "task_id": handle.task_id,
        "driver": handle.driver,
        "version": handle.version,
        "process": handle.process.to_dict() if handle.process else None,
        "state": dict(handle.state),
        "attributes": dict(handle.attributes),
    }


def from_plain(plain: dict[str, Any]) -> TaskHandle:
    """Read back what `to_plain` gave."""
    process = plain.pop("process")
    return TaskHandle(**plain, process=Process.from_dict(process) if process else None)
