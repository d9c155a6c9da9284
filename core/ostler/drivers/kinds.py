"""Look into the types of settings: which are blocks, which repeat, which allow only some values."""

from __future__ import annotations

from enum import EnumType
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]


class Block(NamedTuple):
    """A block of a configuration: the class it is read as, where it stands and what it holds."""

    cls: type[Any]
    path: Path
    values: Mapping[str, Any]


def alternatives(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any annotation
    """List the types that a value may have, the absence of one left out."""
    if get_origin(hint) in {Union, UnionType}:
        return tuple(each for each in get_args(hint) if each is not NoneType)
    return (hint,)


def block_class(hint: Any) -> type[Any] | None:  # noqa: ANN401 - any annotation
    """Give the settings class of a field that is written as one or more blocks; None for a value."""
    first = alternatives(hint)[0]
    inner = get_args(first)[0] if get_origin(first) is tuple else first
    return inner if isinstance(inner, type) and attrs.has(inner) else None


def repeats(hint: Any) -> bool:  # noqa: ANN401 - any annotation
    """Tell whether the type is that of a list."""
    return get_origin(alternatives(hint)[0]) is tuple


def choices(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any annotation
    """List the only values that a type allows; nothing where there are more."""
    if isinstance(hint, EnumType):
        return tuple(member.value for member in list[Any](hint))
    return get_args(hint) if get_origin(hint) is Literal else ()


def blocks(cls: type[Any], tree: object, path: Path = ()) -> Iterator[Block]:
    """Find the blocks of a tree of values that is to be read as ``cls``, the outer ones first.

    What is not of the right form is left out.  A block that may stand once has no index in its path.
    """
    value = tree[0] if isinstance(tree, list) and len(tree) == 1 else tree
    if not isinstance(value, dict):
        return
    yield Block(cls, path, value)
    hints = get_type_hints(cls)
    for name, each in value.items():
        inner = block_class(hints.get(name))
        if inner is not None:
            several = _numbered(each) if repeats(hints[name]) else [((), each)]
            for number, block in several:
                yield from blocks(inner, block, (*path, name, *number))


def _numbered(value: object) -> list[tuple[Path, object]]:
    found = value if isinstance(value, list | tuple) else [value]
    return [((number,), each) for number, each in enumerate(found)]
