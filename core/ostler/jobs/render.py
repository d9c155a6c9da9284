"""Write found blocks as the API's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.jobs.blocks import Field, Kind, Shape

if TYPE_CHECKING:
    from ostler.jobs.found import Found


def render(found: Found) -> dict[str, Any]:
    """Give the JSON object of a block: everything that is set, and what stands for the rest."""
    label = found.kind.label
    document: dict[str, Any] = {label: found.label} if label else {}
    for field in found.kind.fields:
        if field.api:
            _add(document, field, found)
    return document


def _add(document: dict[str, Any], field: Field, found: Found) -> None:
    if field.key in found.values:
        value = found.values[field.key]
        document[field.api] = value.plain() if field.kind is Kind.FREE else value
    elif found.blocks.get(field.name):
        document[field.api] = _blocks(field, found.blocks[field.name])
    elif not field.sparse:
        document[field.api] = field.unset


def _blocks(field: Field, blocks: list[Found]) -> object:
    if field.shape is Shape.ONE:
        return render(blocks[0])
    if field.shape is Shape.MANY:
        return [render(block) for block in blocks]
    return {block.label: render(block) for block in blocks}
