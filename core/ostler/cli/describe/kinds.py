"""Name the types of settings as an operator would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

from ostler.cli.describe.markdown import code
from ostler.drivers import Duration, Size, Words
from ostler.drivers.kinds import alternatives, block_class, choices, repeats

NAMES: Final[dict[Any, str]] = {
    Any: "any value",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Duration: 'duration, such as `"90s"`',
    Size: 'size, such as `"100MB"`',
    Words: "words: a list, a scalar, or one string",
}

_SEVERAL: Final[dict[Any, str]] = {str: "texts", int: "whole numbers", float: "numbers"}


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
