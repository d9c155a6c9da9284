"""What one task of a job is given to read: bytes, or what comes from a file, a pipe or a stream."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from ostler.errors import MistakeError
from ostler.runner.preparation import label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from ostler.drivers.values import Directories
    from ostler.executor.feeding import Feeder, Input
    from ostler.jobs import Job
    from ostler.runner.output import Output
    from ostler.runner.workplace import Workplace

NULL = "/dev/null"


class Streams(NamedTuple):
    """The standard streams of one task."""

    output: Output
    reading: Reading


class Given(NamedTuple):
    """What is read, and by the task of which label."""

    source: Input
    label: str


class Reading:
    """What a task reads, from its first attempt to its last; without ``source`` it is at its end at once.

    Bytes lie in a file, and every attempt reads them all, also when this process is gone.  Anything else
    comes through a FIFO: what one attempt has read no other does, and the end of this process is its end.
    With ``until_read`` who opens it need not be ``held`` for.
    """

    def __init__(self, file: Path, source: Input | None, *, until_read: bool = False) -> None:
        self._file = file
        self._until_read = until_read
        self._source = source
        self._feeder: Feeder | None = None
        self._reader = -1

    @property
    def path(self) -> str:
        """Where the task finds it."""
        return NULL if self._source is None else str(self._file)

    def __enter__(self) -> Self:
        if isinstance(self._source, bytes):
            self._file.write_bytes(self._source)
        elif self._source is not None:
            from ostler.executor.feeding import Feeder

            os.mkfifo(self._file, 0o600)
            # Held so that what comes between two attempts waits for the next.
            self._reader = os.open(self._file, os.O_RDONLY | os.O_NONBLOCK)
            writer = os.open(self._file, os.O_WRONLY)
            self._feeder = Feeder(self._source, writer, self._file.name, until_read=self._until_read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._feeder is not None:
            self._feeder.close()
            os.close(self._reader)
        self._file.unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the other end of a FIFO, so that whoever opens it need not wait."""
        if self._feeder is None:
            yield
            return
        writer = os.open(self._file, os.O_WRONLY)
        try:
            yield
        finally:
            os.close(writer)


def file_of(directories: Directories, name: str) -> Path:
    """Say where the input of a task lies: among the records, where no other user looks and no task does."""
    allocation = Path(directories.allocation)
    return allocation.parents[1] / "client" / allocation.name / f".{name}.stdin"


def given(source: Input | None, reader: str, job: Job, place: Workplace) -> Given | None:
    """Find out which task of the job reads ``source``; MistakeError where that isn't clear, or none can."""
    if source is None:
        return None
    labels = dict(_labels(job))
    if not reader and len(labels) > 1:
        text = f"the job has {len(labels)} tasks ({', '.join(labels)}); name the one that reads it"
        raise MistakeError.single(text, path="stdin")
    chosen = reader or next(iter(labels), "")
    if chosen not in labels:
        text = f"no task is called {chosen!r}; the job has {', '.join(labels)}"
        raise MistakeError.single(text, path="stdin")
    driver = place.open(labels[chosen]).driver
    if not driver.capabilities.stdin:
        text = f"task {chosen!r}: the tasks of driver {driver.name!r} read nothing"
        raise MistakeError.single(text, path="stdin")
    _refuse_directory(source)
    return Given(source, chosen)


def _labels(job: Job) -> Iterator[tuple[str, str]]:
    """Give the label of every task of every allocation, and its driver."""
    for group in job.groups:
        for index in range(group.count):
            for task in group.tasks:
                yield label(job, group, task, index), task.driver


def _refuse_directory(source: Input) -> None:
    from ostler.executor.feeding import descriptor_of

    descriptor = None if isinstance(source, bytes) else descriptor_of(source)
    if descriptor is not None and stat.S_ISDIR(os.fstat(descriptor).st_mode):
        text = "expected something to read, found a directory"
        raise MistakeError.single(text, path="stdin")
