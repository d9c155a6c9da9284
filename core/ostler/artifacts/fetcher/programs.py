"""Run a program to its end, watch that it moves, and keep its last words."""

from __future__ import annotations

import selectors
import subprocess
import time
from typing import TYPE_CHECKING, Final

from .failures import TroubleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MOST_BYTES: Final = 65536
_LOOK_SECONDS: Final = 0.25
_LEAST_SECONDS: Final = 30.0  # a server that packs a large repository says nothing for a while


class FailedError(Exception):
    """The program ended with an error; ``words`` are the last that it wrote."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words

    @property
    def last_words(self) -> str:
        """The lines that tell what went wrong, on one."""
        lines = [line.strip() for line in self.words.replace("\r", "\n").splitlines() if line.strip()]
        telling = [line for line in lines if line.startswith(("fatal:", "error:", "ssh:", "Host key"))]
        return " ".join(telling or lines[-2:]) or "it said nothing"


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    stall_seconds: float,
    moved: Callable[[], None],
) -> None:
    """Run a program whose stdout nobody reads; ``moved`` is called whenever it says something.

    Raises FailedError with its last words, and TroubleError where it says nothing for too long.
    """
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            words = _heard(process, max(stall_seconds, _LEAST_SECONDS), moved)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        if process.returncode < 0:
            words += f"\nfatal: {command[0]} was ended by signal {-process.returncode}"
        raise FailedError(words)


def _heard(process: subprocess.Popen[bytes], patience_seconds: float, moved: Callable[[], None]) -> str:
    assert process.stderr  # noqa: S101 - it is a pipe
    words, heard = b"", time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stderr, selectors.EVENT_READ)
        while True:
            if selector.select(_LOOK_SECONDS):
                block = process.stderr.read1(_MOST_BYTES)  # type: ignore[attr-defined]  # it is buffered
                if not block:
                    return words.decode(errors="replace")
                words, heard = (words + block)[-_MOST_BYTES:], time.monotonic()
                moved()
            elif time.monotonic() - heard > patience_seconds:
                msg = f"the program said nothing for {patience_seconds:g} seconds; check the address"
                raise TroubleError(msg)
