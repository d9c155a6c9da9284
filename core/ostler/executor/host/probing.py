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

TIERS: Final = ("root", "userns", "landlock")
_PROGRAM: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "linux", "canary.py")
_PATIENCE_SECONDS: Final = 30  # an emulated machine takes that long
_begun: Final[list[Canary]] = []


class Canary:
    """A process that tries the tiers, best first, until one can be had."""

    def __init__(self) -> None:
        self.landlock = 0
        self._forced, tried = _forced()
        command = [sys.executable or "python3", "-I", "-S", _PROGRAM, *tried]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def answer(self) -> dict[str, Failure]:
        """Wait for it, and give ``phase``, ``index`` and ``errno`` of each tier that can't be had.

        Then ``landlock`` is the version that the kernel offers, 0 for none.
        """
        said, _ = self._process.communicate(timeout=_PATIENCE_SECONDS)
        if self._process.returncode:
            return dict(_failure([tier, "canary", "0", str(errno.EIO)]) for tier in TIERS)
        version, *failed = said.decode("ascii").splitlines()
        self.landlock = int(version)
        forced = [[tier, "forced", "0", "0"] for tier in self._forced]
        return dict(_failure(words) for words in (*forced, *(line.split() for line in failed)))

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


def _forced() -> tuple[list[str], list[str]]:
    """Cut the tiers in two at the best that is to be tried: ``OSTLER_TIER`` names it, for tests."""
    asked = os.environ.get("OSTLER_TIER", TIERS[0])
    at = TIERS.index(asked) if asked in TIERS else len(TIERS)
    return list(TIERS[:at]), list(TIERS[at:])


def _failure(words: list[str]) -> tuple[str, Failure]:
    tier, phase, index, number = words
    return tier, {"phase": phase, "index": int(index), "errno": int(number)}
