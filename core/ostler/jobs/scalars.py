"""Turn evaluated values into what a key holds, as the job language converts them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ostler.drivers.conversion import UnexpectedError
from ostler.jobs.blocks import Kind
from ostler.jobs.durations import nanoseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOO_LARGE: Final = 2**63  # what Nomad's reader refuses, and what no count or size comes near
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
_FLAGS: Final = {"true": True, "false": False, "1": True, "0": False}


def text(value: object) -> str:
    """Give a text; numbers and bools become one."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return _digits(value)
    expected = "a string"
    raise UnexpectedError(expected, value)


def whole(value: object) -> int:
    """Give a whole number, out of a text too; 1.5 is none."""
    expected = "a whole number"
    number = _decimal(value)
    if number is None or not -_TOO_LARGE < number < _TOO_LARGE or number != number.to_integral_value():
        raise UnexpectedError(expected, value)
    return int(number)


def flag(value: object) -> bool:
    """Give a bool, out of a text too."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _FLAGS:
        return _FLAGS[value]
    expected = "true or false"
    raise UnexpectedError(expected, value)


def duration(value: object) -> int:
    """Give nanoseconds, out of a text with units or a whole number of nanoseconds."""
    if isinstance(value, str):
        return nanoseconds(value)
    number = _decimal(value)
    if number is None or not -_TOO_LARGE < number < _TOO_LARGE or number != number.to_integral_value():
        expected = "a duration such as '90s', or whole nanoseconds"
        raise UnexpectedError(expected, value)
    return int(number)


def texts(value: object) -> list[str]:
    """Give a list of texts."""
    if not isinstance(value, list):
        expected = "a list of strings"
        raise UnexpectedError(expected, value)
    return [text(item) for item in value]


def numbers(value: object) -> list[int]:
    """Give a list of whole numbers."""
    if not isinstance(value, list):
        expected = "a list of whole numbers"
        raise UnexpectedError(expected, value)
    return [whole(item) for item in value]


def _digits(value: float | Decimal) -> str:
    digits = f"{Decimal(str(value)):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    return Decimal(value) if not isinstance(value, str) or _NUMBER.fullmatch(value) else None


LENIENT: Final[Mapping[Kind, Callable[[object], object]]] = {
    Kind.TEXT: text,
    Kind.WHOLE: whole,
    Kind.FLAG: flag,
    Kind.DURATION: duration,
    Kind.TEXTS: texts,
    Kind.NUMBERS: numbers,
}


def _exactly(kind: type, expected: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        if type(value) is not kind:
            raise UnexpectedError(expected, value)
        return value

    return check


def _exact_texts(value: object) -> object:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        expected = "a list of strings"
        raise UnexpectedError(expected, value)
    return value


EXACT: Final[Mapping[Kind, Callable[[object], object]]] = {
    Kind.TEXT: _exactly(str, "a string"),
    Kind.WHOLE: _exactly(int, "a whole number"),
    Kind.FLAG: _exactly(bool, "true or false"),
    Kind.DURATION: duration,
    Kind.TEXTS: _exact_texts,
    Kind.NUMBERS: numbers,
}
