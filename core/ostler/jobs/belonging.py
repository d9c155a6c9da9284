"""Where a name of the specification belongs that was written in another place."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.jobs.blocks import BlockType, Field

_MOST_OWNERS: Final = 2  # a name that stands in more places tells nobody what was meant


def belonging(name: str, root: BlockType) -> str:
    """Give ``; it belongs in a 'task' block``, or nothing for a name that stands nowhere or in many.

    Of the blocks below ``root`` that have such a key or block those count that stand the least deep.
    """
    owners = _owners(root).get(name, ())
    if not 0 < len(owners) <= _MOST_OWNERS:
        return ""
    return f"; it belongs in a {' or '.join(repr(owner) for owner in owners)} block"


@cache
def _owners(root: BlockType) -> dict[str, tuple[str, ...]]:
    owners: dict[str, tuple[str, ...]] = {}
    for level in _levels(root):
        found: dict[str, list[str]] = {}
        for block in sorted(level, key=lambda each: -len(each.fields)):  # the likelier one first
            for name in block.by_name:
                found.setdefault(name, []).append(block.name)
        owners = {**{name: tuple(dict.fromkeys(blocks)) for name, blocks in found.items()}, **owners}
    return owners


def _levels(root: BlockType) -> Iterator[list[BlockType]]:
    """Give the blocks by their depth, each of them once; what a job hands down to its tasks is theirs."""
    level, seen = [root], {root}
    while level:
        yield level
        fields = [field for block in level for field in block.fields if field.block]
        below = dict.fromkeys(field.block for field in fields if not _is_handed_down(field, fields))
        level = [block for block in below if block is not None and block not in seen]
        seen.update(level)


def _is_handed_down(field: Field, beside: list[Field]) -> bool:
    """Tell whether a block that the API doesn't know here stands within another such one beside it."""
    others = [each.block for each in beside if each.block and not each.api]
    return not field.api and any(field.block is each.block for other in others for each in other.fields)
