"""Turn plain values into the types of settings: exactly, or as leniently as Nomad where nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import EnumType
from functools import partial
from operator import is_
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

from ostler.drivers.fields import Duration, Size, Words
from ostler.drivers.kinds import alternatives, block_class, choices
from ostler.nearest import nearest
from ostler.sizes import size_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cattrs import Converter

_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)", re.ASCII)
_NAMES: Final = {
    bool: "bool",
    str: "string",
    int: "whole number",
    float: "number",
    list: "list",
    tuple: "list",
}


class UnexpectedError(ValueError):
    """A value is not of the type that its field has."""

    def __init__(self, expected: str, found: object, hint: str = "") -> None:
        self.expected, self.found = expected, found
        super().__init__(f"expected {expected}, found {describe(found)}{hint}")


class SeveralBlocksError(ValueError):
    """A block that may stand once stands more often."""


class DeferredError(ValueError):
    """A value can be judged only when its ``${...}`` has been interpolated."""


def describe(value: object) -> str:
    """Name a value as a person who wrote it would."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "a block"
    if isinstance(value, list | tuple):
        blocks = bool(value) and all(isinstance(each, dict) for each in value)
        several = f"{len(value)} blocks" if blocks else f"a list of {len(value)}"
        return "a block" if blocks and len(value) == 1 else several
    if isinstance(value, bool):
        return f"bool {str(value).lower()}"
    if isinstance(value, str):
        return f"string {value!r}"
    return f"number {value}"


def seconds(text: str) -> float:
    """Read a duration such as ``90s`` or ``1h30m`` (Go's form) as seconds; ValueError if it is none."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    parts = _DURATION.findall(rest)
    if not parts or "".join(number + unit for number, unit in parts) != rest:
        if rest == "0":
            return 0.0
        msg = f"not a duration: {text!r}; write a number with its unit, such as '90s' or '1h30m'"
        raise ValueError(msg)
    return sign * sum(float(number) * _UNITS[unit] for number, unit in parts)


def converter(*, lenient: bool) -> Converter:
    """Build the converter of all settings: strict about keys, exact or lenient about scalars."""
    from cattrs import Converter

    made = Converter(detailed_validation=True, forbid_extra_keys=True)
    scalars = _lenient_hooks() if lenient else _exact_hooks()
    for kind, hook in scalars.items():
        made.register_structure_hook(kind, hook if kind is str else _deferring(hook))
    _register_special(made)
    _register_containers(made)
    return made


def _register_special(made: Converter) -> None:
    for special, hook in (
        (Duration, _deferring(_duration)),
        (Size, _deferring(_size)),
        (Words, _words),
    ):
        made.register_structure_hook_func(partial(is_, special), hook)
    made.register_structure_hook_func(lambda kind: bool(choices(kind)), _deferring(_one_of))
    made.register_structure_hook_func(
        lambda kind: len(alternatives(kind)) > 1, _deferring(partial(_either, made))
    )
    made.register_structure_hook(Any, lambda value, _: value)


def _register_containers(made: Converter) -> None:
    import attrs
    from cattrs.gen import make_dict_structure_fn

    def class_hook(kind: type[Any]) -> Callable[[Any, Any], Any]:
        inner = make_dict_structure_fn(kind, made, _cattrs_forbid_extra_keys=True)
        return lambda value, cls: inner(_one_block(value), cls)

    for kinds, hook in (([Mapping, dict], _map_hook), ([tuple], _list_hook)):
        made.register_structure_hook_factory(partial(_is_made_of, kinds), partial(hook, made))
    made.register_structure_hook_factory(lambda kind: isinstance(kind, type) and attrs.has(kind), class_hook)


def _is_made_of(kinds: Sequence[object], kind: object) -> bool:
    return get_origin(kind) in kinds or kind in kinds


def _deferring(hook: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Put off what only its interpolation can tell."""

    def structure(value: object, kind: object) -> object:
        if isinstance(value, str) and "${" in value:
            raise DeferredError(value)
        return hook(value, kind)

    return structure


def _one_block(value: object) -> Mapping[str, Any]:
    """Take the map out of a value; a job file's block arrives as a list of one."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        if len(value) > 1:
            msg = f"only one block is allowed, found {len(value)}"
            raise SeveralBlocksError(msg)
        value = value[0]
    if not isinstance(value, dict):
        expected = "a block"
        raise UnexpectedError(expected, value)
    return value


def _map_hook(made: Converter, kind: Any) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    item = (get_args(kind) or (str, Any))[1]

    def structure(value: object, _: object) -> dict[str, Any]:
        pairs = _one_block(value).items()
        return {str(key): each for key, each in _each(made, pairs, item)}

    return structure


def _list_hook(made: Converter, kind: Any) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    item = (get_args(kind) or (Any,))[0]

    def structure(value: object, _: object) -> tuple[Any, ...]:
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list | tuple):
            expected = "blocks" if block_class(item) else "a list"
            raise UnexpectedError(expected, value)
        return tuple(each for _, each in _each(made, enumerate(value), item))

    return _deferring(structure)


def _each(made: Converter, pairs: Iterable[tuple[Any, Any]], item: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401
    """Structure every value, and raise what is wrong with any of them at once, each with its key."""
    from cattrs import IterableValidationError, IterableValidationNote

    found, errors = [], []
    for key, value in pairs:
        try:
            found.append((key, made.structure(value, item)))
        except Exception as error:  # noqa: BLE001 - collected with its place, as cattrs does
            error.add_note(IterableValidationNote("", key, item))
            errors.append(error)
    if errors:
        msg = "not acceptable"
        raise IterableValidationError(msg, errors, tuple)
    return found


def _one_of(value: object, kind: Any) -> object:  # noqa: ANN401 - a Literal or an Enum
    if isinstance(kind, EnumType) and isinstance(value, kind):
        return value
    allowed = choices(kind)
    if value not in allowed or type(value) not in {type(choice) for choice in allowed}:
        near = (
            nearest(value, [each for each in allowed if isinstance(each, str)])
            if isinstance(value, str)
            else None
        )
        hint = f"; did you mean {near!r}?" if near else ""
        raise UnexpectedError("one of " + ", ".join(repr(choice) for choice in allowed), value, hint)
    return kind(value) if isinstance(kind, EnumType) else value


def _either(made: Converter, value: object, kind: Any) -> object:  # noqa: ANN401 - a union
    """Take the type that the value is of already, or the first that it can be turned into."""
    if value is None and NoneType in get_args(kind):
        return None
    several = alternatives(kind)
    for each in sorted(several, key=lambda each: type(value) is not each):
        try:
            return made.structure(value, each)
        except Exception as error:  # noqa: BLE001 - the next may fit
            failed = error
    if all(each in _NAMES for each in several):
        raise UnexpectedError(" or ".join(_NAMES[each] for each in several), value)
    raise failed


def _duration(value: object, _: object) -> float:
    if isinstance(value, str):
        return seconds(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    expected = "a duration such as '90s'"
    raise UnexpectedError(expected, value)


def _size(value: object, _: object) -> int:
    if isinstance(value, str):
        return size_bytes(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    expected = "a size such as '100MB'"
    raise UnexpectedError(expected, value)


def _words(value: object, _: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(_lenient_string(each, str) for each in value)
    if not isinstance(value, str):
        return (_lenient_string(value, str),)
    import shlex

    try:
        return tuple(shlex.split(value))
    except ValueError as error:
        msg = f"can't be split into words: {error}; found {value!r}; write a list instead"
        raise ValueError(msg) from None


def _exact_hooks() -> dict[type, Callable[[Any, Any], Any]]:
    def exactly(kind: type) -> Callable[[Any, Any], Any]:
        def check(value: object, _: object) -> object:
            if type(value) is not kind:
                raise UnexpectedError(_NAMES[kind], value)
            return value

        return check

    def number(value: object, _: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise UnexpectedError(_NAMES[float], value)
        return float(value)

    return {str: exactly(str), bool: exactly(bool), int: exactly(int), float: number}


def _lenient_hooks() -> dict[type, Callable[[Any, Any], Any]]:
    return {str: _lenient_string, bool: _lenient_bool, int: _lenient_whole, float: _lenient_number}


def _lenient_string(value: object, _: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return format(Decimal(str(value)).normalize(), "f")
    if isinstance(value, str | int):
        return str(value)
    raise UnexpectedError(_NAMES[str], value)


def _lenient_bool(value: object, _: object) -> bool:
    known = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in known:
        return known[value]
    raise UnexpectedError(_NAMES[bool], value)


def _lenient_number(value: object, _: object) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise UnexpectedError(_NAMES[float], value) from None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    raise UnexpectedError(_NAMES[float], value)


def _lenient_whole(value: object, _: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = _as_decimal(value)
    if number is None or number != number.to_integral_value():
        raise UnexpectedError(_NAMES[int], value)
    return int(number)


def _as_decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | float | Decimal):
        return None
    text = str(value)
    return Decimal(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text) else None
