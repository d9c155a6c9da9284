"""Streams for words: what the system refuses is remembered, and control characters are made visible."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from ostler.visible import visible

if TYPE_CHECKING:
    from typing import TextIO

    from _typeshed import ReadableBuffer

TEXT: Final = ("utf-8", "backslashreplace")


class Stream(io.FileIO):
    """Writes to a descriptor, and keeps the first error with which the system refused it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.refused: OSError | None = None

    def write(self, content: ReadableBuffer, /) -> int:
        """Write to the descriptor, which stays whoever's it is."""
        try:
            return super().write(content)
        except OSError as error:
            self.refused = self.refused or error
            raise


class Words(io.TextIOWrapper):
    """Takes Ostler's own words; the bytes of tasks go past it, to its ``buffer``."""

    def write(self, text: str, /) -> int:
        """Write text with its control characters made visible."""
        return super().write(visible(text))


def words(descriptor: int) -> TextIO:
    """Open a descriptor for words whose control characters are made visible."""
    return Words(io.BufferedWriter(Stream(descriptor)), *TEXT, line_buffering=True)
