"""What a task reads, attempt after attempt: bytes, or what comes from a file, a pipe or a stream."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from ostler.drivers.values import Directories
    from ostler.executor.streams.feeding import Feeder, Input
    from ostler.runner.output import Output

NULL = "/dev/null"


class Streams(NamedTuple):
    """The standard streams of one task."""

    output: Output
    reading: Reading


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
            from ostler.executor.streams.feeding import Feeder

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
