"""The canary that tries what this machine can isolate, begun early: it takes as long as the imports do."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    Failure = dict[str, Any]

TIERS: Final = ("root", "userns")
_PROGRAM: Final = os.path.join(os.path.dirname(__file__), "linux", "canary.py")
_PATIENCE_SECONDS: Final = 30  # an emulated machine takes that long
_begun: Final[list[Canary]] = []


class Canary:
    """A process that tries the tiers, best first, until one can be had."""

    def __init__(self) -> None:
        command = [sys.executable or "python3", "-I", "-S", _PROGRAM, *TIERS]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def answer(self) -> dict[str, Failure]:
        """Wait for it, and give ``phase``, ``index`` and ``errno`` of each tier that can't be had."""
        said, _ = self._process.communicate(timeout=_PATIENCE_SECONDS)
        if self._process.returncode:
            return dict(_failure([tier, "canary", "0", str(errno.EIO)]) for tier in TIERS)
        return dict(_failure(line.split()) for line in said.decode("ascii").splitlines())

    def end(self) -> None:
        """End it, whether or not anybody heard its answer."""
        with self._process as process:
            process.kill()


@contextmanager
def probing() -> Iterator[None]:
    """Begin to try what this machine can isolate; the first executor made meanwhile takes the answer.

    What nobody took when the block is left is ended.
    """
    if portable():
        yield
        return
    canary = Canary()
    _begun.append(canary)
    try:
        yield
    finally:
        if canary in _begun:
            _begun.remove(canary)
            canary.end()


def take() -> Canary:
    """Give the canary that was begun early, to one caller alone, else begin another."""
    try:
        return _begun.pop()
    except IndexError:
        return Canary()


def portable() -> bool:
    """Tell whether the executor that isolates nothing is the one to use here, or was asked for."""
    return sys.platform != "linux" or os.environ.get("OSTLER_EXECUTOR") == "portable"


def _failure(words: list[str]) -> tuple[str, Failure]:
    tier, phase, index, number = words
    return tier, {"phase": phase, "index": int(index), "errno": int(number)}
