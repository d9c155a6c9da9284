"""What must survive this process: who owns an allocation, and the handles of its running tasks."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import Factory, asdict, frozen

from ostler.drivers.values import Process, StopRequest, TaskHandle
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION: Final = 1
DESCRIPTION: Final = "allocation"
OWNER: Final = "owner.lock"


@frozen(kw_only=True)
class Description:
    """What an allocation was made of.

    How each of its tasks is to be stopped stands under its name, and so do the ``max_files`` and
    ``max_file_bytes`` of its logs.
    """

    job_id: str
    group: str
    index: int = 0
    stops: Mapping[str, StopRequest] = Factory(dict)
    logs: Mapping[str, Mapping[str, int]] = Factory(dict)


class AllocationState:
    """The records of one allocation in ``directory``, which exactly one living process owns."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = -1

    def make(self) -> None:
        """Make the directory, owned from the moment it appears; MistakeError where that can't be."""
        unborn = self._directory.with_name(f".{self._directory.name}")
        try:
            unborn.mkdir(mode=0o700, parents=True)
            self._lock = os.open(unborn / OWNER, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.own()
            unborn.rename(self._directory)
        except OSError as error:
            text = (
                f"can't write to {self._directory}: {error.strerror}; "
                "choose another data directory with --data-dir"
            )
            raise MistakeError.single(text) from error

    def own(self) -> bool:
        """Become the owner of what was made; False if another living process is, or nothing is there."""
        try:
            import fcntl

            if self._lock < 0:
                self._lock = os.open(self._directory / OWNER, os.O_RDWR | os.O_CLOEXEC)
        except ImportError:
            return True
        except OSError:
            return False
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def describe(self, description: Description) -> None:
        """Write down what the allocation is made of."""
        self._write(DESCRIPTION, asdict(description))

    def description(self) -> Description:
        """Read what the allocation is made of; ValueError where that can't be read."""
        try:
            found = json.loads((self._directory / f"{DESCRIPTION}.json").read_text("utf-8"))["record"]
            stops = {name: StopRequest(**each) for name, each in found.pop("stops").items()}
            return Description(**found, stops=stops)
        except (OSError, KeyError, TypeError) as error:
            msg = f"{self._directory} holds no description of its allocation"
            raise ValueError(msg) from error

    def keep(self, handle: TaskHandle) -> None:
        """Write a handle down so that it survives a SIGKILL of this process from here on."""
        self._write(handle.task_id.rsplit("/", 1)[-1], to_plain(handle))

    def _write(self, name: str, record: dict[str, Any]) -> None:
        unfinished = self._directory / f".{name}.part"
        unfinished.write_text(json.dumps({"version": VERSION, "record": record}), "utf-8")
        unfinished.replace(self._directory / f"{name}.json")

    def drop(self, handle: TaskHandle) -> None:
        """Forget the handle of a task that was destroyed."""
        name = handle.task_id.rsplit("/", 1)[-1]
        (self._directory / f"{name}.json").unlink(missing_ok=True)

    def handles(self) -> Iterator[TaskHandle]:
        """Read the handles of tasks not destroyed, in their order; what can't be read is left alone."""
        found = []
        for path in self._records():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                found.append(from_plain(json.loads(path.read_text("utf-8"))["record"]))
        yield from sorted(found, key=lambda handle: handle.task_id)

    def unreadable(self) -> list[Path]:
        """List the records of tasks that can't be read, such as a newer version's."""
        readable = {handle.task_id.rsplit("/", 1)[-1] for handle in self.handles()}
        return [path for path in self._records() if path.stem not in readable]

    def remove(self) -> None:
        """Remove the records of an allocation that has ended; what is gone already is no error."""
        with contextlib.suppress(FileNotFoundError):
            for path in sorted(self._directory.iterdir(), key=lambda each: each.name == OWNER):
                path.unlink(missing_ok=True)  # the lock last: without it, nothing tells who owns the rest
            self._directory.rmdir()
        self.close()

    def _records(self) -> list[Path]:
        return sorted(path for path in self._directory.glob("*.json") if path.stem != DESCRIPTION)

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


def kept(prefix: str, directory: Path) -> list[str]:
    """List the allocations whose ids begin with ``prefix`` and whose files are kept, ended or not."""
    return sorted(path.name for path in (directory / "alloc").glob("[!.]*") if path.name.startswith(prefix))


def not_one(prefix: str, found: int, directory: Path) -> MistakeError:
    """Say that the beginning of an allocation's id fits ``found`` of those with records, and not one."""
    ended = [] if found else kept(prefix, directory)
    if len(ended) == 1:
        return MistakeError.single(f"allocation {ended[0]} has ended; `ostler logs` shows what it wrote")
    if ended:
        return MistakeError.single(f"{len(ended)} allocations that begin with {prefix!r} have ended")
    many = f"{found} allocations begin" if found else "no allocation begins"
    return MistakeError.single(f"{many} with {prefix!r}; see `ostler status`")
