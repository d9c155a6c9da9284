"""Show the line of a text in which something stands, and mark it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import category, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    Spot: TypeAlias = tuple[int, int, int]

_TAB: Final = 4
_LEAST: Final = 20
# What names a setting or opens a block; a text within a value must not pass for it.
_SETTING: Final = re.compile(
    r"""\s*(?:"?[A-Za-z_][\w.-]*"?\s+=\s+|[A-Za-z_][\w-]*(?:\s+"[^"]*")*\s+\{)?"""
).match
_CUT: Final = "…"


class Line(NamedTuple):
    """One line to show: its number, its text, and carets under what is marked."""

    number: int
    shown: str
    marks: str


class _Cell(NamedTuple):
    """A character as it is shown, and how many columns it takes."""

    shown: str
    columns: int
    marked: bool


def excerpt(text: str, start: Spot, end: Spot, *, width: int, masked: bool = False) -> list[Line]:
    """Give the line that holds ``start``, and the one that holds ``end`` where that is another.

    ``start`` and ``end`` are line and column, from 1, and offset, from 0; ``width`` is in columns, and a
    longer line is cut round what is marked.  ``masked`` shows of a line only its name and what is marked.
    """
    width = max(width, _LEAST)
    first, last = _piece(text, start, width), _piece(text, end, width)
    if start[0] >= end[0] or (end[1] == 1 and end[0] == start[0] + 1):
        until = first.at + end[2] - start[2] if end[0] == start[0] else len(first.text)
        return [_shown(start[0], first, (first.at, until), width, masked=masked)]
    begun = len(last.text) - len(last.text.lstrip())
    lines = [_shown(start[0], first, (first.at, len(first.text)), width, masked=masked)]
    if last.at > begun:
        lines.append(_shown(end[0], last, (begun, last.at), width, masked=masked))
    return lines


class _Piece(NamedTuple):
    """The part of a line round a place in it: where that is, and whether more of it stands on either side."""

    text: str
    at: int
    before: bool
    after: bool


def _piece(text: str, spot: Spot, width: int) -> _Piece:
    _, column, offset = spot
    begin, limit = max(offset - column + 1, offset - width), offset + width
    end = text.find("\n", offset, limit)
    after = end < 0 and limit < len(text)
    piece = text[begin : end if end >= 0 else limit]
    return _Piece(piece if after else piece.removesuffix("\r"), offset - begin, column > width + 1, after)


def _shown(number: int, piece: _Piece, mark: tuple[int, int], width: int, *, masked: bool) -> Line:
    """Show one line, ``mark`` being what is marked of it, counted in characters."""
    begin = min(mark[0], len(piece.text))
    mark = (begin, max(mark[1], begin + 1))
    cells = list(_cells(piece, mark, masked=masked))
    if mark[1] > len(piece.text) and not piece.after:
        cells.append(_Cell(" ", 1, marked=True))
    further = (piece.before and not masked, piece.after)
    first, last = _window(cells, width - sum(further))
    cut = [_Cell(_CUT, 1, marked=False)]
    before = cut if first or further[0] else []
    after = cut if last < len(cells) or further[1] else []
    chosen = [*before, *cells[first:last], *after]
    shown = "".join([cell.shown for cell in chosen])
    marks = "".join([("^" if cell.marked else " ") * cell.columns for cell in chosen])
    return Line(number, shown.rstrip(), marks.rstrip())


def _cells(piece: _Piece, mark: tuple[int, int], *, masked: bool) -> Iterator[_Cell]:
    named = None if piece.before else _SETTING(piece.text)
    open_until = len(piece.text) if not masked else named.end() if named else 0
    hidden = False
    for index, sign in enumerate(piece.text):
        marked = mark[0] <= index < mark[1]
        if marked or index < open_until:
            yield _cell(sign, marked=marked)
        elif not hidden:
            yield _Cell(_CUT, 1, marked=False)
        hidden = not marked and index >= open_until


def _cell(sign: str, *, marked: bool) -> _Cell:
    """Show a character; what commands a terminal, or would be seen by nobody, is escaped."""
    if sign == "\t":
        return _Cell(" " * _TAB, _TAB, marked)
    kind = category(sign)
    if kind in {"Mn", "Me"}:
        return _Cell(sign, 0, marked)
    if kind[0] == "C" or kind in {"Zl", "Zp"}:
        escaped = sign.encode("unicode_escape").decode("ascii")
        return _Cell(escaped, len(escaped), marked)
    return _Cell(sign, 2 if east_asian_width(sign) in {"W", "F"} else 1, marked)


def _window(cells: Sequence[_Cell], width: int) -> tuple[int, int]:
    """Choose the cells to show: all, or those round the first that is marked."""
    columns = [cell.columns for cell in cells]
    if sum(columns) <= width:
        return 0, len(cells)
    room = width - 2  # for what says that something was cut
    begin = next(index for index, cell in enumerate(cells) if cell.marked)
    first = 0 if sum(columns[:begin]) <= room * 2 // 3 else _taken(columns[:begin][::-1], room // 3, begin)
    last, used = first, 0
    while last < len(cells) and used + columns[last] <= room:
        used += columns[last]
        last += 1
    return first, last


def _taken(columns: Sequence[int], room: int, begin: int) -> int:
    """Go back from ``begin`` as far as there is room."""
    first = begin
    for each in columns:
        room -= each
        if room < 0:
            break
        first -= 1
    return first
