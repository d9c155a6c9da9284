"""What a stream is to be written to like: whether it is a terminal, how wide, and whether in colour."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ostler.errors import WIDTH

if TYPE_CHECKING:
    from typing import IO, Any


def coloured(stream: IO[Any]) -> bool:
    """Tell whether to write in colour: on a terminal that can, unless NO_COLOR is set to anything."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns(stream: IO[Any]) -> int:
    """Give the width to write in: the terminal's, and for what is none always the same."""
    if stream.isatty():
        with suppress(OSError):
            return os.get_terminal_size(stream.fileno()).columns or WIDTH
    return WIDTH
