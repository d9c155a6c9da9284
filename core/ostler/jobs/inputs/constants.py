"""Values that refer to nothing: what a default, a variable file and ``--var`` may hold, and Python's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ostler.hcl import Environment, Scope
from ostler.places import Place

if TYPE_CHECKING:
    from ostler.hcl import Expression

_DEEPEST: Final = 64


def constant(expression: Expression) -> Any:  # noqa: ANN401 - data of any type
    """Give the data of an expression that refers to nothing and calls nothing; HclError for another one."""
    return expression.evaluate(_constants())


def place_within(expression: Expression, path: tuple[str | int, ...], *, masked: bool = False) -> Place:
    """Give the place of a part of such an expression, or that of the nearest part round it."""
    positions = expression.value(_constants()).positions()
    while path not in positions:
        path = path[:-1]
    return Place.of(positions[path], masked=masked)


def _constants() -> Scope:
    scope = Scope(environment=Environment(trust="untrusted"), unknown=_refused)
    scope.names.clear()  # `var` and `local` are as unknown here as anything else
    return scope


def _refused(written: str) -> str:
    hint = f'; a text is written in quotes: "{written}"' if written.isidentifier() else ""
    return f"'{written}' can't be used here: the value may refer to nothing{hint}"


def datum_of(value: object, depth: int = _DEEPEST) -> Any:  # noqa: ANN401 - data of any type
    """Turn a Python value into data of the language; ValueError says which part of it is none."""
    if not depth:
        msg = f"the value is nested more than {_DEEPEST} levels deep"
        raise ValueError(msg)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | Decimal) and math.isfinite(value):
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else number
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: datum_of(item, depth - 1) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [datum_of(item, depth - 1) for item in value]
    expected = "a string, a number, a bool, None, or a list or a dict with string keys of these"
    shown = repr(value) if isinstance(value, float | Decimal) else type(value).__name__
    msg = f"expected {expected}, found {shown}"
    raise ValueError(msg)
