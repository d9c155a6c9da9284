"""Name the types of settings as an operator would, and tell blocks from values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import EnumType
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs

from ostler.cli.describe.markdown import code
from ostler.drivers import Duration, Words

NAMES: Final[dict[Any, str]] = {
    Any: "any value",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Duration: 'duration, such as `"90s"`',
    Words: "words: a list, a scalar, or one string",
}

_SEVERAL: Final[dict[Any, str]] = {str: "texts", int: "whole numbers", float: "numbers"}


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


def type_name(hint: Any) -> str:  # noqa: ANN401 - any annotation
    """Name a type as an operator would."""
    several = alternatives(hint)
    if len(several) > 1 or several[0] is not hint:
        return " or ".join(type_name(each) for each in several)
    if hint in NAMES:
        return NAMES[hint]
    if found := choices(hint):
        return "one of " + ", ".join(
            code(f'"{each}"' if isinstance(each, str) else f"{each}") for each in found
        )
    if block_class(hint):
        return "repeated blocks" if repeats(hint) else "block"
    return _container(hint)


def _container(hint: Any) -> str:  # noqa: ANN401 - any annotation
    origin, inner = get_origin(hint), get_args(hint)
    if origin is tuple:
        return f"list of {_SEVERAL.get(inner[0]) or type_name(inner[0])}"
    if origin in {Mapping, dict}:
        return f"block of {type_name(inner[1])} by name"
    return str(hint)
