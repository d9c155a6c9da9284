"""Look into the types of settings: which are blocks, which repeat, which allow only some values."""

from __future__ import annotations

from enum import EnumType
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs


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
