"""The command's standard streams: none is missing while it runs, and what one did not take is told."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from errno import EPIPE
from typing import TYPE_CHECKING, Final

from ostler.cli import apart
from ostler.cli.failures import OWN_FAILURE, say
from ostler.cli.visible import visible

if TYPE_CHECKING:
    from typing import TextIO

    from _typeshed import ReadableBuffer

READER_GONE: Final = 128 + 13  # as a shell says SIGPIPE
_TEXT: Final = ("utf-8", "backslashreplace")
NAMES: Final = ("stdin", "stdout", "stderr")


class Streams:
    """Stands before stdout and stderr, and keeps the first error with which the system refused each."""

    def __init__(self) -> None:
        # Descriptors of their own, so that nobody else in this process comes upon them.
        self._out, self._error = (_Stream(os.dup(number)) for number in (apart.STDOUT, apart.STDERR))
        buffers = io.BufferedWriter(self._out), io.BufferedWriter(self._error)
        interactive = self._out.isatty()
        out = io.TextIOWrapper(buffers[0], *_TEXT, line_buffering=interactive)
        apart.own(out, _Words(buffers[1], *_TEXT, line_buffering=True))

    @property
    def refused(self) -> OSError | None:
        """The error of the stream that did not take what was written, if one did not."""
        return self._out.refused or self._error.refused

    def settle(self, status: int) -> int:
        """Write what is still held back; return the status, which tells too what could not be written."""
        for stream in (apart.stdout(), apart.stderr()):
            with suppress(OSError):  # the stream keeps it
                stream.flush()
        if self._out.refused is None:
            return status if self._error.refused is None else status or OWN_FAILURE
        if self._out.refused.errno == EPIPE:
            return READER_GONE
        reason = [self._out.refused.strerror, *getattr(self._out.refused, "__notes__", ())]
        say(f"can't write to stdout: {'; '.join(reason)}")
        return OWN_FAILURE


def words(descriptor: int) -> TextIO:
    """Open a descriptor for words whose control characters are made visible."""
    return _Words(io.BufferedWriter(_Stream(descriptor)), *_TEXT, line_buffering=True)


def closed() -> set[str]:
    """Name the standard streams that are closed, and keep their places from the next file that is opened."""
    found = set()
    for descriptor, name in enumerate(NAMES):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 - takes no keyword
            found.add(name)
    return found


class _Stream(io.FileIO):
    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.refused: OSError | None = None

    def write(self, content: ReadableBuffer, /) -> int:
        try:
            return super().write(content)
        except OSError as error:
            self.refused = self.refused or error
            raise


class _Words(io.TextIOWrapper):
    """Takes Ostler's own words; the bytes of tasks go past it, to its ``buffer``."""

    def write(self, text: str, /) -> int:
        return super().write(visible(text))
