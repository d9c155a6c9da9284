"""End the process of a module once, with what is to be told of it."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final, NoReturn

from ostler_driver_wasm.process import order as files

if TYPE_CHECKING:
    from ostler_driver_wasm.process.order import Told

# The codes that Ostler and shells know for these ends.
TIMEOUT: Final = 124
FAILED: Final = 125
TRAP: Final = 134
OUT_OF_MEMORY: Final = 137


class Ending:
    """The one end of the process; of two threads that end it, the first is heard."""

    def __init__(self, folder: str) -> None:
        self._path = f"{folder}/{files.END}"
        self._first = threading.Lock()

    def end(self, code: int, reason: str = "exited", message: str = "") -> NoReturn:
        """Write down how it ended, and end at once: wasmtime may still be inside a call."""
        if not self._first.acquire(blocking=False):
            threading.Event().wait()
        told: Told = {"code": code, "reason": reason, "message": message, "refused": ""}
        try:
            files.write(self._path, told)
        finally:
            os._exit(code)
