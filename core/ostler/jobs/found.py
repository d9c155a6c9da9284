"""A block as it was found: its values, its blocks, and where each of them stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from attrs import Factory, define

from ostler.errors import Problem
from ostler.jobs.blocks import BlockType

if TYPE_CHECKING:
    from ostler.jobs.blocks import Field
    from ostler.places import Stretch

_LONGEST_TEXT: Final = 1000  # characters; what is wrong may show a value of megabytes


class Tree(Protocol):
    """Free values with their places, such as the `Value` of the HCL reader."""

    def plain(self) -> object:
        """Give the values without places."""

    def positions(self) -> Mapping[tuple[str | int, ...], Stretch]:
        """Give the place of each nested value."""

    def names(self) -> Mapping[tuple[str | int, ...], Stretch]:
        """Give the place of each nested value's key."""


@define(eq=False)
class Found:
    """One block that the text holds.

    ``values`` has only what is set: plain values by the name of their field, and a `Tree` for what is
    free.  ``places`` gives the place of each, and ``at`` that of the block; they are asked only when
    something is wrong, because counting lines takes longer than reading them.  A block that is
    ``implied`` stands nowhere in the text: it was filled in, at the place of the block round it.
    ``wrong`` names fields that could not be read and for which a default was filled in.
    """

    kind: BlockType
    path: str
    at: Callable[[], str]
    label: str = ""
    values: dict[str, Any] = Factory(dict)
    places: dict[str, Callable[[], str]] = Factory(dict)
    blocks: dict[str, list[Found]] = Factory(dict)
    implied: bool = False
    wrong: set[str] = Factory(set)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - a field's own type
        """Give a value, or the default where it isn't set."""
        return self.values.get(name, default)

    def lacks(self, name: str) -> bool:
        """Say whether a field is empty or isn't given; one that is given but wrong is not lacking."""
        return not self.values.get(name) and not self.is_wrong(name)

    def is_wrong(self, name: str) -> bool:
        """Say whether the text gives a field that could not be read."""
        return name in self.wrong or (name in self.places and name not in self.values)

    def only(self, name: str) -> Found | None:
        """Give the first block of that name."""
        blocks = self.blocks.get(name)
        return blocks[0] if blocks else None

    def all(self, name: str) -> list[Found]:
        """Give the blocks of that name."""
        return self.blocks.get(name, [])

    def written(self, name: str) -> bool:
        """Say whether the text gives a field, rightly or wrongly; one that was filled in is not written."""
        return name in self.places

    def imply(self, field: Field, values: Mapping[str, Any] | None = None) -> Found:
        """Add a block that isn't written, and give it."""
        kind = cast("BlockType", field.block)
        block = Found(kind, self.dotted(field.name), self.at, values=dict(values or {}), implied=True)
        self.blocks[field.name] = [block]
        return block

    def where(self, name: str = "") -> str:
        """Give the place of a field, or of the block itself."""
        return self.places.get(name, self.at)()

    def dotted(self, name: str = "") -> str:
        """Give the dotted path of a field, or of the block itself."""
        return f"{self.path}.{name}" if name else self.path

    def problem(self, text: str, name: str = "") -> Problem:
        """Describe something wrong with a field, or with the block itself; a very long text is cut."""
        if len(text) > _LONGEST_TEXT:
            text = f"{text[:_LONGEST_TEXT]}... ({len(text)} characters)"
        return Problem(self.where(name), self.dotted(name), text)
