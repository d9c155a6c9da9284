"""A block as it was found: its values, its blocks, and where each of them stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from attrs import Factory, define

from ostler.errors import Problem
from ostler.jobs.blocks import BlockType

if TYPE_CHECKING:
    from ostler.places import Stretch


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
    something is wrong, because counting lines takes longer than reading them.
    """

    kind: BlockType
    path: str
    at: Callable[[], str]
    label: str = ""
    values: dict[str, Any] = Factory(dict)
    places: dict[str, Callable[[], str]] = Factory(dict)
    blocks: dict[str, list[Found]] = Factory(dict)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - a field's own type
        """Give a value, or the default where it isn't set."""
        return self.values.get(name, default)

    def lacks(self, name: str) -> bool:
        """Say whether a field is empty or isn't given; one that is given but wrong is not lacking."""
        return not self.values[name] if name in self.values else name not in self.places

    def only(self, name: str) -> Found | None:
        """Give the first block of that name."""
        blocks = self.blocks.get(name)
        return blocks[0] if blocks else None

    def where(self, name: str = "") -> str:
        """Give the place of a field, or of the block itself."""
        return self.places.get(name, self.at)()

    def dotted(self, name: str = "") -> str:
        """Give the dotted path of a field, or of the block itself."""
        return f"{self.path}.{name}" if name else self.path

    def problem(self, text: str, name: str = "") -> Problem:
        """Describe something wrong with a field, or with the block itself."""
        return Problem(self.where(name), self.dotted(name), text)
