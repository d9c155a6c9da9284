"""What the supervisor says in its own log, which may lie on the very disk that is full."""

from __future__ import annotations

import os
from contextlib import suppress

_STDERR = 2


def write(text: str) -> None:
    """Write a line; what can't be said is no reason not to go on."""
    with suppress(OSError):
        os.write(_STDERR, f"{text}\n".encode(errors="backslashreplace"))
