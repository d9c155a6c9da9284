"""Show what a driver returned or raised in one short line, whatever it is."""

from __future__ import annotations

from itertools import islice
from reprlib import Repr
from typing import Final

MOST: Final = 200
CHARACTERS: Final = 160
ENTRIES: Final = 8


class _Short(Repr):
    """Cuts long values before it shows them: the whole text of a gigabyte is never made."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = CHARACTERS
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = ENTRIES
        self.maxlevel = 4

    def repr1(self, x: object, level: int) -> str:
        if isinstance(x, bytes | bytearray | memoryview) and len(x) > CHARACTERS:
            return f"{bytes(x[:CHARACTERS])!r}..."
        if isinstance(x, BaseException) and type(x).__repr__ is BaseException.__repr__:
            arguments = ", ".join(self.repr1(each, level - 1) for each in islice(x.args, ENTRIES))
            return f"{type(x).__name__}({arguments})"
        return super().repr1(x, level)


_SHORT: Final = _Short()


def shown(value: object) -> str:
    """Give the repr of ``value`` in one line of at most 200 characters; one that fails is named instead."""
    try:
        return one_line(_SHORT.repr(value))
    except BaseException as error:  # noqa: BLE001 - a driver's own code, and an error is being told already
        return f"<{type(value).__name__} whose repr raised {type(error).__name__}>"


def said(error: BaseException) -> str:
    """Give what an error says of itself, however many lines; its `shown` form where that fails."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - as above
        return shown(error)


def one_line(text: str, most: int = MOST) -> str:
    """Put a text on one line and cut it."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
