"""Values while they are computed: plain Python data.

A string is a ``str``; what only the client will know is one too, its source text ``${...}``.  A whole
number is an ``int``, any other a ``Decimal``; a bool is a ``bool`` and null is None.  A tuple is a
``list``, an object a ``dict``; lists, sets and maps of one type are the subclasses here.
"""

from __future__ import annotations

from ostler.hcl.casting import cast
from ostler.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal
    from typing import Any, Final, TypeAlias

    Datum: TypeAlias = "str | bool | int | Decimal | list[Any] | dict[str, Any] | None"


class TypedList(list["Any"]):
    """A list whose items all have the type ``element``."""

    __slots__ = ("element",)

    def __init__(self, items: Iterable[object], element: Type) -> None:
        super().__init__(items)
        self.element = element


class TypedSet(list["Any"]):
    """A set whose items all have the type ``element``: each once, in their order."""

    __slots__ = ("element",)

    def __init__(self, items: Iterable[object], element: Type) -> None:
        unique = {sort_key(item): item for item in items}
        super().__init__(unique[key] for key in sorted(unique))
        self.element = element


class TypedMap(dict[str, "Any"]):
    """A map whose values all have the type ``element``."""

    __slots__ = ("element",)

    def __init__(self, items: Mapping[str, object], element: Type) -> None:
        super().__init__(items)
        self.element = element


class Broken:
    """Stands for a variable that could not be evaluated; see `BROKEN`."""

    __slots__ = ()


# What uses it can't be evaluated either, which is not told again.
BROKEN: Final = Broken()


def type_of(datum: object) -> Type:
    """Give the type of a value; null has the type ``any``."""
    if isinstance(datum, str):
        return STRING
    if isinstance(datum, bool):
        return BOOL
    if isinstance(datum, dict):
        if isinstance(datum, TypedMap):
            return MapType(datum.element)
        return ObjectType({name: type_of(item) for name, item in datum.items()})
    if isinstance(datum, list):
        return _type_of_list(datum)
    return DYNAMIC if datum is None or isinstance(datum, Broken) else NUMBER


def _type_of_list(datum: list[Any]) -> Type:
    if isinstance(datum, TypedList):
        return ListType(datum.element)
    if isinstance(datum, TypedSet):
        return SetType(datum.element)
    return TupleType(type_of(item) for item in datum)


def describe_datum(datum: object) -> str:
    """Give the words for a value that was found, as in ``found the string 'x'``."""
    if datum is None:
        return "null"
    if isinstance(datum, str):
        return f"the string {_shown(datum)}"
    if isinstance(datum, bool):
        return "true" if datum else "false"
    if isinstance(datum, dict):
        return "a map" if isinstance(datum, TypedMap) else "an object"
    if isinstance(datum, list):
        return "a set" if isinstance(datum, TypedSet) else "a list"
    return f"the number {shortened(number_text(datum))}"


def number_text(number: object) -> str:
    """Give a number's digits, never with an exponent; those of a quotient end somewhere."""
    if isinstance(number, int):
        return str(number)
    from ostler.hcl.arithmetic import rounded

    digits = format(rounded(cast("Decimal", number)), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def normalized(text: str) -> str:
    """Give a text in Unicode's form NFC, as cty does with every string."""
    if text.isascii():
        return text
    import unicodedata

    return unicodedata.normalize("NFC", text)


def to_text(datum: object) -> str | None:
    """Give the text of a string, number or bool; None for anything else."""
    if isinstance(datum, str):
        return datum
    if isinstance(datum, bool):
        return "true" if datum else "false"
    if datum is None or isinstance(datum, (list, dict, Broken)):
        return None
    return number_text(datum)


_RANKS: Final = {bool: 1, int: 2, str: 3}
_NUMBER_RANK: Final = 2
_NULL_RANK: Final = 6


def sort_key(datum: object) -> tuple[Any, ...]:
    """Give what orders the items of a set: numbers by size, strings by code points, null at the end."""
    if datum is None:
        return (_NULL_RANK,)
    if isinstance(datum, list):
        return (4, tuple(sort_key(item) for item in datum))
    if isinstance(datum, dict):
        return (5, tuple((name, sort_key(datum[name])) for name in sorted(datum)))
    return _RANKS.get(type(datum), _NUMBER_RANK), datum


_LONGEST_SHOWN: Final = 60


def _shown(text: str) -> str:
    shown = shortened(text)
    return f"'{shown}'" if shown.isprintable() else repr(shown)


def shortened(text: str) -> str:
    """Give the beginning of what is too long for a message."""
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."
