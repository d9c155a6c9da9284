"""Convert values from one type to another, where nothing is lost; the rules are cty's."""

from __future__ import annotations

import re

from ostler.hcl.datum import TypedList, TypedMap, TypedSet, describe_datum, to_text, type_of
from ostler.hcl.numerals import number
from ostler.hcl.spelling import suggestion
from ostler.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    CollectionType,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    describe,
    is_exact,
)
from ostler.hcl.unification import unify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from typing import Any, Final, NoReturn

    from ostler.hcl.datum import Datum

    Path = tuple[str | int, ...]

_MOST_NAMED: Final = 3
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?\Z").match
_BOOLS: Final = {"true": True, "1": True, "false": False, "0": False}


class ConversionError(Exception):
    """A value has not the type that is asked for; ``path`` leads to the part of it that is wrong."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        """Give the message, behind the path when there is one: ``[0].port: expected a number, ...``."""
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path]
        return f"{''.join(steps).removeprefix('.')}: {self.message}" if steps else self.message


def convert(datum: Any, wanted: Type) -> Any:  # noqa: ANN401 - data of any type
    """Give ``datum`` as a value of the type ``wanted``; ConversionError when it is none.

    Null is a value of every type.  A tuple becomes a list or a set, an object a map; an object loses
    attributes that are not asked for and gains its optional ones.
    """
    if datum is None or wanted is DYNAMIC:
        return datum
    kind = type(wanted)
    return _CONVERTERS[kind](datum, wanted, ())


def _within(datum: Any, wanted: Type, path: Path) -> Any:  # noqa: ANN401 - data of any type
    if datum is None or wanted is DYNAMIC:
        return datum
    return _CONVERTERS[type(wanted)](datum, wanted, path)


def _primitive(datum: Any, wanted: Type, path: Path) -> Datum:  # noqa: ANN401 - data of any type
    if wanted == STRING:
        text = to_text(datum)
        return _refuse(datum, wanted, path) if text is None else text
    if wanted == NUMBER:
        return _number(datum, path)
    if isinstance(datum, bool):
        return datum
    if isinstance(datum, str) and datum in _BOOLS:
        return _BOOLS[datum]
    return _refuse(datum, wanted, path)


def _number(datum: Any, path: Path) -> int | Decimal:  # noqa: ANN401 - data of any type
    if isinstance(datum, (bool, list, dict)):
        _refuse(datum, NUMBER, path)
    if not isinstance(datum, str):
        found: int | Decimal = datum
        return found
    if not _NUMBER(datum):
        _refuse(datum, NUMBER, path)
    try:
        return number(datum)
    except ValueError as error:
        raise ConversionError(str(error), path) from None


def _sequence(datum: Any, wanted: CollectionType, path: Path) -> Datum:  # noqa: ANN401 - data of any type
    if not isinstance(datum, list):
        _refuse(datum, wanted, path)
    make = TypedSet if isinstance(wanted, SetType) else TypedList
    if type(datum) is make and datum.element == wanted.element:
        return datum
    if wanted.element == DYNAMIC and isinstance(datum, (TypedList, TypedSet)):
        return make(datum, datum.element)
    items = [_within(item, wanted.element, (*path, index)) for index, item in enumerate(datum)]
    element = wanted.element
    if not is_exact(element):
        element = _common(items, wanted, path)
        items = [_within(item, element, (*path, index)) for index, item in enumerate(items)]
    return make(items, element)


def _map(datum: Any, wanted: MapType, path: Path) -> Datum:  # noqa: ANN401 - data of any type
    if not isinstance(datum, dict):
        _refuse(datum, wanted, path)
    if isinstance(datum, TypedMap) and wanted.element in {DYNAMIC, datum.element}:
        return datum
    items = {name: _within(item, wanted.element, (*path, name)) for name, item in datum.items()}
    element = wanted.element
    if not is_exact(element):
        element = _common(list(items.values()), wanted, path)
        items = {name: _within(item, element, (*path, name)) for name, item in items.items()}
    return TypedMap(items, element)


def _common(items: list[Any], wanted: Type, path: Path) -> Type:
    if not items:
        return DYNAMIC
    found = unify([type_of(item) for item in items])
    if found is None:
        msg = f"all values in {describe(wanted)} have to be of one type, found {_kinds(items)}"
        raise ConversionError(msg, path)
    return found


def _kinds(items: list[Any]) -> str:
    words = list(dict.fromkeys(describe(type_of(item)) for item in items))
    return " and ".join(words if len(words) <= _MOST_NAMED else [*words[:_MOST_NAMED], "others"])


def _tuple(datum: Any, wanted: TupleType, path: Path) -> Datum:  # noqa: ANN401 - data of any type
    if not isinstance(datum, list) or isinstance(datum, (TypedList, TypedSet)):
        _refuse(datum, wanted, path)
    if len(datum) != len(wanted.items):
        count = len(wanted.items)
        msg = f"expected {count} value{'s' * (count != 1)}, found {len(datum)}"
        raise ConversionError(msg, path)
    pairs = enumerate(zip(datum, wanted.items, strict=True))
    return [_within(item, kind, (*path, index)) for index, (item, kind) in pairs]


def _object(datum: Any, wanted: ObjectType, path: Path) -> Datum:  # noqa: ANN401 - data of any type
    if not isinstance(datum, dict):
        _refuse(datum, wanted, path)
    found: dict[str, Any] = {}
    for name, kind in wanted.attributes.items():
        if datum.get(name) is not None:
            found[name] = _within(datum[name], kind, (*path, name))
        elif name in wanted.optional:
            found[name] = wanted.optional[name]
        elif name in datum:
            found[name] = None
        else:
            _refuse_lack(name, datum, wanted, path)
    return found


def _refuse_lack(name: str, datum: dict[str, Any], wanted: ObjectType, path: Path) -> NoReturn:
    missing = [f"'{each}'" for each in wanted.attributes if each not in datum and each not in wanted.optional]
    what = "attribute" if len(missing) == 1 else "attributes"
    hint = suggestion(name, datum.keys() - wanted.attributes.keys()).replace("did you mean", "is it")
    msg = f"the required {what} {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing{hint}"
    raise ConversionError(msg, path)


def _refuse(datum: object, wanted: Type, path: Path) -> NoReturn:
    msg = f"expected {describe(wanted)}, found {describe_datum(datum)}"
    if isinstance(datum, str) and datum.startswith("${"):
        msg += ", which is known only where the task runs"
    raise ConversionError(msg, path)


_CONVERTERS: Final[dict[type[Type], Callable[..., Any]]] = {
    type(BOOL): _primitive,
    ListType: _sequence,
    SetType: _sequence,
    MapType: _map,
    TupleType: _tuple,
    ObjectType: _object,
}
