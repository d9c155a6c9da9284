"""What an evaluation may touch, and how much of the machine it may use."""

from __future__ import annotations

from ostler.hcl.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Final, Literal, NoReturn, TypeAlias

    Trust: TypeAlias = Literal["trusted", "untrusted"]

ELEMENT_BYTES: Final = 64


class LimitError(Exception):
    """The evaluation asked for more than it may have; neither ``try`` nor ``can`` hides it.

    The message is empty when the same limit has been told before.
    """


class Limits(Record):
    """What all expressions of one text may use together.

    ``steps`` counts evaluated expressions, those in loops each time round; ``size_bytes`` counts the
    strings and collections that are built (64 bytes for each element) or that a reference names.
    """

    __slots__ = ("size_bytes", "steps")

    def __init__(self, steps: int = 2_000_000, size_bytes: int = 64 << 20) -> None:
        self.steps = steps
        self.size_bytes = size_bytes


class Environment:
    """What functions may know of the world, and the account of what has been used.

    Relative paths start at ``directory`` (where the file lies; empty: the current directory).  With
    ``trust="untrusted"`` no function may read a file or the process's environment.
    """

    __slots__ = ("_bytes_left", "_steps_left", "_told", "directory", "limits", "trust")

    def __init__(
        self, directory: str | Path = "", *, trust: Trust = "trusted", limits: Limits | None = None
    ) -> None:
        self.directory = str(directory)
        self.trust = trust
        self.limits = limits or Limits()
        self._steps_left = self.limits.steps
        self._bytes_left = self.limits.size_bytes
        self._told = False

    def step(self, count: int = 1) -> None:
        """Account for steps; LimitError when there are too many.

        A function that does more work than its arguments and its result are large calls it.
        """
        self._steps_left -= count
        if self._steps_left < 0:
            self._refuse(f"the evaluation takes more than {self.limits.steps} steps")

    def build(self, size_bytes: int) -> None:
        """Account for something that is about to be built; LimitError when it is too large.

        A function whose result may be much larger than its arguments calls it first.
        """
        self._bytes_left -= size_bytes
        if self._bytes_left < 0:
            self._refuse(f"the evaluation builds more than {self.limits.size_bytes >> 10} KiB of values")

    def build_elements(self, count: int) -> None:
        """Account for a collection of ``count`` elements that is about to be built."""
        self.build(count * ELEMENT_BYTES)

    def weigh(self, datum: object) -> None:
        """Account for a value and all within it, as often as it stands there."""
        waiting = [datum]
        while waiting:
            found = waiting.pop()
            if isinstance(found, str):
                self.build(len(found))
            elif isinstance(found, (list, dict)) and found:
                self.build_elements(len(found))
                waiting.extend(found.values() if isinstance(found, dict) else found)

    def _refuse(self, message: str) -> NoReturn:
        told, self._told = self._told, True
        raise LimitError("" if told else message)
