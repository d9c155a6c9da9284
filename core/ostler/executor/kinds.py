"""Refuse what is of another kind where it is given, by the name of its field: validators and converters.

Each start makes such values, so what is of the very type is let through by that alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute

    Field = Attribute[Any]
    Validator = Callable[[object, Field, object], None]

Value = TypeVar("Value")
_SEVERAL = (tuple, list, frozenset)


def several(given: Iterable[Value]) -> tuple[Value, ...]:
    """Make a tuple of what is given one by one; anything else is left to the validator."""
    return given if type(given) is tuple or not _is_several(given) else tuple(given)  # type: ignore[return-value]


def names(given: Iterable[str]) -> frozenset[str]:
    """Make a set of what is given one by one; anything else is left to the validator."""
    return given if type(given) is frozenset or not _is_several(given) else frozenset(given)  # type: ignore[return-value]


def texts(given: Iterable[str]) -> tuple[str, ...]:
    """Do the same with words."""
    return several(given)


def paths(given: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    """Do the same with paths."""
    return tuple(map(path, given)) if _is_several(given) else given  # type: ignore[return-value]


def path(given: str | os.PathLike[str]) -> str:
    """Write out a path that is given as an object."""
    return os.fspath(given) if type(given) is not str and isinstance(given, os.PathLike) else given


def one(*kinds: type, expected: str) -> Validator:
    """Take one value of these kinds; True and False are no numbers."""

    def check(given: object, field: Field, value: object) -> None:
        if type(value) in kinds:
            return
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise _wrong(given, field, expected, value)

    return check


def many(kind: type, *, expected: str) -> Validator:
    """Take several values of a kind, and no text, whose letters would be taken for them."""

    def check(given: object, field: Field, value: object) -> None:
        if not (isinstance(value, _SEVERAL) and _all(value, kind)):
            raise _wrong(given, field, expected, value)

    return check


def texts_by_name(given: object, field: Field, value: object) -> None:
    """Take texts by names, such as an environment."""
    expected = "texts by name such as {'LANG': 'C.UTF-8'}"
    if not isinstance(value, Mapping):
        raise _wrong(given, field, expected, value)
    if _all(value, str) and _all(value.values(), str):
        return
    for each in value.items():
        if not _all(each, str):
            raise _wrong(given, field, expected, dict([each]))


def _is_several(given: object) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, str | bytes)


def _all(values: Iterable[object], kind: type) -> bool:
    return set(map(type, values)) <= {kind} or all(isinstance(each, kind) for each in values)


def _wrong(given: object, field: Field, expected: str, found: object) -> TypeError:
    return TypeError(f"{type(given).__name__}.{field.name}: expected {expected}, found {found!r}")


text = one(str, expected="text")
path_text = one(str, expected="a path")
input_path = one(str, expected="a path (bytes and open files are given as Executor.start(stdin=...))")
count = one(int, expected="a whole number")
whole = one(int, NoneType, expected="a whole number or None")
number = one(int, float, NoneType, expected="a number or None")
listed = one(str, NoneType, expected="text such as '0-1,3' or None")
words = many(str, expected="a tuple of words such as ('sh', '-c', 'echo hi')")
directories = many(str, expected="a tuple of paths such as ('/srv/work',)")
namespaces = many(str, expected="a set of names such as {'mount', 'pid'}")
capabilities = many(str, expected="a set of names such as {'net_raw'}")
