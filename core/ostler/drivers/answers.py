"""Check what a driver answered, field by field, before anything of Ostler's relies on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

import attrs

from ostler.drivers.shown import shown

MOST_CHARACTERS: Final = 1024 * 1024
MOST_ENTRIES: Final = 10_000
_NAMES: Final = {"Mapping": Mapping, "Any": Any}
_PLAIN: Final = (str, int, bool, float, bytes)


class _Field(NamedTuple):
    """One field: its type, the type as it is written, and whether the driver's own data stands in it."""

    name: str
    hint: Any
    words: str
    open: bool


def wrong(answer: object, kind: type[Any]) -> str:
    """Say what in ``answer`` is not as ``kind`` declares it; empty if nothing is.

    The types are looked up, never asked of the value, so that it can't pretend; plain values are of
    exactly their type, save that a whole number will do for a float, and an enum of strings for a string.
    """
    for field in _fields(kind):  # type: ignore[arg-type]  # classes can be hashed
        value = getattr(answer, field.name)
        if type(value) is field.hint and field.hint is not str:
            said = _inside(value)
        elif not _fits(value, field.hint):
            said = f" = {shown(value)}; expected {field.words}"
        else:
            said = _too_much(value) or (_unwritable(value) if field.open else _inside(value))
        if said:
            return f"{kind.__name__}.{field.name}{said}"
    return ""


def of_kind(answer: object, kind: type[Any]) -> bool:
    """Tell whether ``answer`` is a ``kind``, whatever it says of itself."""
    return issubclass(type(answer), kind)


@cache
def _fields(kind: Any) -> tuple[_Field, ...]:  # noqa: ANN401 - a class that is hashable
    hints = get_type_hints(kind, localns=_NAMES)
    return tuple(
        _Field(each.name, hints[each.name], str(each.type), get_args(hints[each.name])[1:] == (Any,))
        for each in attrs.fields(kind)
    )


def _inside(value: object) -> str:
    """Look into a value that has fields of its own."""
    kind = type(value)
    found = wrong(value, kind) if "__attrs_attrs__" in kind.__dict__ else ""
    return f": {found}" if found else ""


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - an annotation
    if type(value) is hint:
        return True
    arguments = get_args(hint)
    if not arguments:
        return hint is Any or _is(value, hint)
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        return any(_fits(value, each) for each in arguments)
    if not of_kind(value, origin):
        return False
    if origin is Mapping:
        entries = value.items() if len(value) <= MOST_ENTRIES else ()  # type: ignore[attr-defined,arg-type]
        return all(_fits(key, arguments[0]) and _fits(each, arguments[1]) for key, each in entries)
    return all(_fits(each, arguments[0]) for each in value)  # type: ignore[attr-defined]


def _is(value: object, hint: type[Any]) -> bool:
    kind = type(value)
    if hint is float:
        return kind is int
    if hint in _PLAIN:
        return issubclass(kind, hint) and issubclass(kind, Enum)
    return issubclass(kind, hint)


def _too_much(value: object) -> str:
    if isinstance(value, str):
        found, most, unit = len(value), MOST_CHARACTERS, "characters"
    elif isinstance(value, Mapping):
        found, most, unit = len(value), MOST_ENTRIES, "entries"
        texts = sum(len(each) for each in value.values() if isinstance(each, str)) if found <= most else 0
        if texts > MOST_CHARACTERS:
            found, most, unit = texts, MOST_CHARACTERS, "characters"
    else:
        return ""
    return f" has {found} {unit}; at most {most} are read" if found > most else ""


def _unwritable(value: Mapping[Any, Any]) -> str:
    """Say why the driver's own data can't be written down."""
    try:
        length = len(json.dumps(dict(value))) if value else 0
    except (TypeError, ValueError, RecursionError) as error:
        return f" can't be written as JSON: {shown(error)}"
    return f" has {length} characters as JSON; at most {MOST_CHARACTERS}" if length > MOST_CHARACTERS else ""
