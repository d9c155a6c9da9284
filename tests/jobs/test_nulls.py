"""A key that is null is one that is not there: so an expression can leave it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.errors import MistakeError
from ostler.jobs import read_api
from ostler.jobs.blocks import Kind
from ostler.jobs.tables.job import JOB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.jobs.blocks import BlockType, Field

BLOCKS = {Kind.BLOCK, Kind.FREE, Kind.LISTS, Kind.STRINGS}


def places(
    block: BlockType, above: tuple[Field, ...] = (), seen: frozenset[BlockType] = frozenset()
) -> Iterator[tuple[tuple[Field, ...], BlockType]]:
    """Give each block with those that it stands in, from the job's on down; no block stands in itself."""
    yield above, block
    for field in block.fields:
        if field.name and field.block and field.block not in seen:
            yield from places(field.block, (*above, field), seen | {field.block})


PLACES = {" ".join(field.name for field in above) or "job": (above, block) for above, block in places(JOB)}


def printed(above: tuple[Field, ...], line: str) -> object:
    """Give what is printed of a job with a line in its innermost block, or what is wrong with the job."""
    labels = ['"x"' if field.block and field.block.label is not None else "" for field in above]
    begins = [f"{field.name} {label} {{" for field, label in zip(above, labels, strict=True)]
    try:
        return read_api("\n".join(['job "j" {', *begins, line, *("}" for _ in begins), "}"]), "j.nomad")
    except MistakeError as error:
        return str(error)


@pytest.mark.parametrize("place", PLACES)
def test_a_null_is_as_good_as_nothing(place: str) -> None:
    above, block = PLACES[place]
    names = [field.name for field in block.fields if field.name and field.kind not in BLOCKS]
    found = {name: printed(above, f"{name} = null") for name in names}
    assert found == dict.fromkeys(names, printed(above, ""))
    assert all(printed(above, f"{name} = {{}}") != printed(above, "") for name in names[:1])
