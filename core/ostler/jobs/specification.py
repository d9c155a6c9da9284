"""The whole job specification as frozen values, of classes that are made of the tables.

A block becomes an attrs value named after it; a key keeps its name, and a duration is told in seconds by
``NAME_seconds``.  A block that may be repeated is a tuple, one that is found by its label a mapping.  The
label itself is ``name``, for a port ``label``, for the target of a spread ``value``.  The ports with a
static number stand in ``reserved_ports``, the others in ``port``.  What is written nowhere has its
default, or None where Nomad has none.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from ostler.jobs.blocks import BlockType, Field, Kind, Shape
from ostler.jobs.durations import SECOND
from ostler.jobs.tables.job import JOB

if TYPE_CHECKING:
    from ostler.jobs.found import Found

_TYPES: Final = {
    Kind.TEXT: "str",
    Kind.WHOLE: "int",
    Kind.FLAG: "bool",
    Kind.DURATION: "float",
    Kind.TEXTS: "tuple[str, ...]",
    Kind.NUMBERS: "tuple[int, ...]",
    Kind.STRINGS: "Mapping[str, str]",
    Kind.LISTS: "Mapping[str, tuple[str, ...]]",
    Kind.FREE: "Mapping[str, object]",
}
_SCALARS: Final = {Kind.TEXT, Kind.WHOLE, Kind.FLAG, Kind.DURATION}


def specify(found: Found) -> Any:  # noqa: ANN401 - a class that is made when it is asked for
    """Give the value of a block of a canonical tree, and of all within it."""
    kind = found.kind
    values = {_name(field): _value(field, found) for field in fields_of(kind)}
    if kind.label is not None:
        values.setdefault(_label(kind), found.label)
    return class_of(kind)(**values)


@cache
def class_of(kind: BlockType) -> type[Any]:
    """Make the class of a block, once."""
    types = {} if kind.label is None else {_label(kind): "str"}
    types |= {_name(field): type_of(field) for field in fields_of(kind)}
    made = attrs.make_class(names()[kind], list(types), frozen=True, kw_only=True, slots=True)
    made.__module__, made.__doc__ = "ostler.jobs.specified", f"What a block ``{kind.name}`` of a job says."
    made.__annotations__ = types
    return cast("type[Any]", made)


@cache
def names() -> dict[BlockType, str]:
    """Name the class of every block after it; of two named alike, also after the block that holds it."""
    found = {JOB: _title(JOB)}
    waiting = [JOB]
    for owner in waiting:
        for field in owner.by_name.values():
            if field.block and field.block not in found:
                title = _title(field.block)
                found[field.block] = _title(owner) + title if title in found.values() else title
                waiting.append(field.block)
    return found


def fields_of(kind: BlockType) -> list[Field]:
    """Give the keys and blocks that a value has: those that stand in a job file and mean what they say."""
    return [field for field in kind.by_name.values() if field.api]


def type_of(field: Field) -> str:
    """Name the type of a key's value, or of a block's values."""
    if field.block is None:
        given = field.unset is not None or field.default is not None or field.kind not in _SCALARS
        return _TYPES[field.kind] if given else f"{_TYPES[field.kind]} | None"
    made = names()[field.block]
    shapes = {Shape.ONE: f"{made} | None", Shape.MANY: f"tuple[{made}, ...]"}
    return shapes.get(field.shape, f"Mapping[str, {made}]")


def _title(kind: BlockType) -> str:
    return "".join(part.capitalize() for part in kind.name.split("_"))


def _label(kind: BlockType) -> str:
    return (kind.label or "name").lower()


def _name(field: Field) -> str:
    return f"{field.name}_seconds" if field.kind is Kind.DURATION else field.name


def _value(field: Field, found: Found) -> object:
    if field.block is not None:
        return _blocks(field, found.all(field.name))
    value: Any = found.get(field.name, field.unset)
    if field.kind is Kind.DURATION:
        return None if value is None else value / SECOND
    if field.kind in {Kind.TEXTS, Kind.NUMBERS}:
        return tuple(value or ())
    if field.kind is Kind.LISTS:
        return {name: tuple(texts) for name, texts in (value or {}).items()}
    if field.kind is Kind.FREE:
        return value.plain() if value else {}
    return dict(value or {}) if field.kind is Kind.STRINGS else value


def _blocks(field: Field, blocks: list[Found]) -> object:
    if field.shape is Shape.BY_LABEL:
        return {block.label: specify(block) for block in blocks}
    if field.shape is Shape.MANY:
        return tuple(specify(block) for block in blocks)
    return specify(blocks[0]) if blocks else None
