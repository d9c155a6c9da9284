"""What a process reads: bytes, a descriptor or a stream, made into a descriptor that can be handed over."""

from __future__ import annotations

import io
import os
import select
import threading
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

if TYPE_CHECKING:
    from types import TracebackType

_CHUNK = 64 * 1024
_MOMENTS, _MOMENT_MILLISECONDS = 20, 10


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes | None:
        """Read at most so many bytes; none at the end."""
        ...


class Open(Protocol):
    """A file, a socket or a terminal: something that the kernel knows by a number."""

    def fileno(self) -> int:
        """Give the descriptor."""
        ...


Input: TypeAlias = "bytes | int | Open | Readable"


class Feeder:
    """Copies what a stream gives to a descriptor, on a thread of its own, and closes that at the end.

    A source with a descriptor is left when the feeder is closed; any other only when it gives something.
    With ``until_read`` the target is closed once somebody has read it all: who opens a FIFO by its path and
    waits for a writer finds one.
    """

    def __init__(
        self, source: int | Open | Readable, target: int, name: str, *, until_read: bool = False
    ) -> None:
        self._until_read = until_read
        self._source = source
        self._descriptor = descriptor_of(source)
        self._target = target
        self._left, self._leave = os.pipe()
        os.set_blocking(target, False)
        self._thread = threading.Thread(target=self._feed, name=f"ostler-stdin {name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave off: whoever reads finds the end of what was copied until now."""
        if self._leave >= 0:
            os.close(self._leave)
            self._leave = -1
        if self._descriptor is not None:
            self._thread.join()

    def _feed(self) -> None:
        try:
            while chunk := self._next():
                if not self._written(memoryview(chunk)):
                    return
            if self._until_read:
                self._rest()
        except (OSError, ValueError):
            return  # its source was closed, or nobody reads any more
        finally:
            os.close(self._target)
            os.close(self._left)

    def _next(self) -> bytes:
        if self._descriptor is None:
            return _read(self._source)
        if not self._ready(self._descriptor, select.POLLIN):
            return b""
        return os.read(self._descriptor, _CHUNK)

    def _written(self, rest: memoryview) -> bool:
        while rest:
            if not self._ready(self._target, select.POLLOUT):
                return False
            try:
                rest = rest[os.write(self._target, rest) :]
            except BlockingIOError:
                continue
        return True

    def _rest(self) -> None:
        """Wait until what was written is read, and a moment for who may still be about to open it."""
        import fcntl
        import termios

        moments = _MOMENTS
        while moments or int.from_bytes(fcntl.ioctl(self._target, termios.FIONREAD, bytes(4)), "little"):
            moments = max(0, moments - 1)
            poll = select.poll()
            poll.register(self._left, select.POLLIN)
            if poll.poll(_MOMENT_MILLISECONDS):
                return

    def _ready(self, descriptor: int, events: int) -> bool:
        """Wait until it is ready; False when the feeder is to leave off."""
        poll = select.poll()
        poll.register(descriptor, events)
        poll.register(self._left, select.POLLIN)
        return self._left not in dict(poll.poll())


class Handed:
    """The descriptor to hand over, held open until that is done."""

    def __init__(self, source: Input, name: str) -> None:
        self._name = name
        self._stream: Readable | None = None
        self._target = -1
        self._own = True
        if isinstance(source, bytes):
            self.descriptor = holding(source)
            return
        given = descriptor_of(source)
        if given is None:
            self._stream = _stream_of_bytes(source)
            self.descriptor, self._target = os.pipe()
            return
        self.descriptor, self._own = given, False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own:
            os.close(self.descriptor)
        if self._target >= 0:
            os.close(self._target)

    def feed(self) -> Feeder | None:
        """Begin to copy, now that somebody reads: what a start that failed had taken would be lost."""
        if self._stream is None:
            return None
        target, self._target = self._target, -1
        return Feeder(self._stream, target, self._name)


def descriptor_of(source: object) -> int | None:
    """Give the descriptor of a source; None of one that only Python can read."""
    if isinstance(source, int):
        return source
    try:
        return int(source.fileno())  # type: ignore[attr-defined]
    except (AttributeError, io.UnsupportedOperation):
        return None


def holding(content: bytes) -> int:
    """Open a nameless file that holds these bytes, at its beginning, and that every user may open again."""
    import tempfile

    with tempfile.TemporaryFile() as file:
        os.fchmod(file.fileno(), 0o444)
        file.write(content)
        file.seek(0)
        return os.dup(file.fileno())


def _stream_of_bytes(source: Any) -> Readable:  # noqa: ANN401 - to be looked at
    """Give the source as what it is; TypeError for what gives no bytes."""
    if hasattr(source, "read") and not isinstance(source, io.TextIOBase):
        return source  # type: ignore[no-any-return]
    expected = "bytes, a descriptor, or a stream of bytes"
    msg = (
        f"stdin: expected {expected}, found {source!r}; a path stands in Command(stdin=...), text is encoded"
    )
    raise TypeError(msg)


def _read(source: object) -> bytes:
    read = getattr(source, "read1", None) or source.read  # type: ignore[attr-defined]
    return read(_CHUNK) or b""
