"""Where things stand in a source text, and the problems found in it."""

from __future__ import annotations

from bisect import bisect_right

from ostler.hcl.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self


class Pos(tuple[int, int, int]):
    """A place in a text: line and column from 1, offset from 0, all counted in characters."""

    __slots__ = ()

    def __new__(cls, line: int, column: int, offset: int) -> Self:
        """Make a place; it is the tuple of the three."""
        return tuple.__new__(cls, (line, column, offset))

    def __getnewargs__(self) -> tuple[int, int, int]:
        """Give the parts for a copy."""
        return self[0], self[1], self[2]

    def __repr__(self) -> str:
        """Name the parts."""
        return f"Pos(line={self.line}, column={self.column}, offset={self.offset})"

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self[0]

    @property
    def column(self) -> int:
        """The column, from 1."""
        return self[1]

    @property
    def offset(self) -> int:
        """The distance from the beginning of the text."""
        return self[2]


class Range(Record):
    """A stretch of a named text; ``end`` is the place after its last character.

    ``text`` is the whole text that the places count in, for whoever shows its lines; it may be left empty.
    """

    __slots__ = ("end", "filename", "start", "text")

    def __init__(self, filename: str, start: Pos, end: Pos, text: str = "") -> None:
        self.filename = filename
        self.start = start
        self.end = end
        self.text = text

    def __repr__(self) -> str:
        """Show the place without the text."""
        return f"<Range {self} to {self.end.line}:{self.end.column}>"

    def __str__(self) -> str:
        """Give ``file:line:column`` of the start."""
        return f"{self.filename}:{self.start.line}:{self.start.column}"


class Diagnostic(Record):
    """One problem and where it stands; the message is one sentence without the place.

    ``unknown`` is the name of a key or block that its schema does not know, where none is near to it.
    """

    __slots__ = ("message", "range", "unknown")

    def __init__(self, range: Range, message: str, unknown: str = "") -> None:  # noqa: A002 - the word of the field
        self.range = range
        self.message = message
        self.unknown = unknown

    def __str__(self) -> str:
        """Give the line that a person reads."""
        return f"{self.range}: {self.message}"


class HclError(Exception):
    """A text cannot be read; ``diagnostics`` holds every problem found, in the order of the text."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(set(diagnostics), key=lambda found: found.range.start.offset))
        super().__init__("\n".join(str(found) for found in self.diagnostics))


class Source:
    """A text with its name; it turns offsets into places."""

    __slots__ = ("_starts", "filename", "text")

    def __init__(self, text: str, filename: str) -> None:
        self.text = text
        self.filename = filename
        self._starts: list[int] = []

    def pos(self, offset: int) -> Pos:
        """Give the place of the character at ``offset``."""
        starts = self._starts or self._line_starts()
        line = bisect_right(starts, offset)
        return Pos(line, offset - starts[line - 1] + 1, offset)

    def range(self, start: int, end: int) -> Range:
        """Give the stretch from ``start`` up to, but without, ``end``."""
        return Range(self.filename, self.pos(start), self.pos(end), self.text)

    def quoted(self, text: str, start: int, end: int) -> Source:
        """Give the text that the string of JSON from ``start`` to ``end`` holds, as a source of its own."""
        return _Quoted(text, self, start, end)

    def _line_starts(self) -> list[int]:
        starts = self._starts
        starts.append(0)
        found = self.text.find("\n")
        while found >= 0:
            starts.append(found + 1)
            found = self.text.find("\n", found + 1)
        return starts


class _Quoted(Source):
    """A text out of a string of JSON: with escapes in it, everything stands where the string stands."""

    __slots__ = ("_end", "_outer", "_start")

    def __init__(self, text: str, outer: Source, start: int, end: int) -> None:
        super().__init__(text, outer.filename)
        self._outer = outer
        self._start = start
        self._end = end

    def range(self, start: int, end: int) -> Range:
        first = self._start + 1
        if self._end - first - 1 != len(self.text):
            return self._outer.range(self._start, self._end)
        return self._outer.range(first + start, first + end)
