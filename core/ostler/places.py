"""Places in files: text for whoever reads them, and for whoever shows them the stretch that they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from typing import TypeAlias

    Spot: TypeAlias = tuple[int, int, int]


class Stretch(Protocol):
    """A part of a text, such as the HCL reader's `Range`; its places are line, column and offset."""

    @property
    def filename(self) -> str:
        """The text's name."""

    @property
    def start(self) -> Spot:
        """Where it begins."""

    @property
    def end(self) -> Spot:
        """The place after its last character."""

    @property
    def text(self) -> str:
        """The whole text; empty where none may be shown."""


class Place(str):
    """A place in a file, ``file:line:column``, that knows the stretch and the text which it is a part of.

    ``start`` and ``end`` are line and column, from 1, and offset, from 0, all counted in characters.  Of a
    ``masked`` place no other value is shown than what stands there: those beside it may be secret.
    """

    __slots__ = ("end", "masked", "start", "text")

    start: Spot
    end: Spot
    text: str
    masked: bool

    @classmethod
    def of(cls, stretch: Stretch, *, masked: bool = False) -> Place:
        """Make the place of a stretch."""
        line, column, _ = stretch.start
        place = cls(f"{stretch.filename}:{line}:{column}")
        place.start, place.end, place.text, place.masked = stretch.start, stretch.end, stretch.text, masked
        return place

    def unmasked(self) -> Place:
        """Give the same place, where nothing beside it is secret."""
        return self.of(self)

    def around(self, *written: str) -> str:
        """Give the place of the first of these that is found within this one; without its text if none is."""
        for words in filter(None, written):
            found = self.text.find(words, self.start[2], self.end[2])
            if found >= 0:
                start, end = _spot(self.text, found), _spot(self.text, found + len(words))
                return self.of(_Part(self.filename, start, end, self.text), masked=self.masked)
        return str(self)

    @property
    def filename(self) -> str:
        """The file's name."""
        return self.rsplit(":", 2)[0]

    def to_dict(self) -> dict[str, Any]:
        """Give plain data: ``filename``, and ``start`` and ``end`` with ``line``, ``column``, ``offset``."""
        names = ("line", "column", "offset")
        ends = {
            "start": dict(zip(names, self.start, strict=True)),
            "end": dict(zip(names, self.end, strict=True)),
        }
        return {"filename": self.filename, **ends}


class _Part(NamedTuple):
    filename: str
    start: Spot
    end: Spot
    text: str


def _spot(text: str, offset: int) -> Spot:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset), offset
