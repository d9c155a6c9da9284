"""The command's standard streams: none is missing while it runs, and what one did not take is told."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from errno import EPIPE
from typing import Final

from ostler.cli.printing import apart
from ostler.cli.printing.failures import OWN_FAILURE, say
from ostler.cli.printing.words import TEXT, Stream, Words

READER_GONE: Final = 128 + 13  # as a shell says SIGPIPE
NAMES: Final = ("stdin", "stdout", "stderr")


class Streams:
    """Stands before stdout and stderr, and keeps the first error with which the system refused each."""

    def __init__(self) -> None:
        # Descriptors of their own, so that nobody else in this process comes upon them.
        self._out, self._error = (Stream(os.dup(number)) for number in (apart.STDOUT, apart.STDERR))
        buffers = io.BufferedWriter(self._out), io.BufferedWriter(self._error)
        interactive = self._out.isatty()
        out = io.TextIOWrapper(buffers[0], *TEXT, line_buffering=interactive)
        apart.own(out, Words(buffers[1], *TEXT, line_buffering=True))

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
