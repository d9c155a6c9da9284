"""Functions of numbers."""

from __future__ import annotations

import math

from ostler.hcl.arithmetic import add
from ostler.hcl.datum import TypedList, describe_datum
from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import natural, short, shown_number, whole
from ostler.hcl.functions.floats import logarithm
from ostler.hcl.functions.floats import power as raise_to
from ostler.hcl.types import NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any, Final

    from ostler.hcl.datum import Datum

_MOST_VALUES: Final = 1024
_LONGEST: Final = 1000  # digits, as in a number that is written
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LEAST_BASE: Final = 2
_ONE_CASE: Final = 36  # up to this base, capitals and small letters are the same digits


def _abs(number: int | Decimal) -> int | Decimal:
    """Give the number without its sign.

    abs(-1.5) -> 1.5

    Source: go-cty AbsoluteFunc.
    """
    from ostler.hcl.functions.decimals import positive

    return positive(number)


def _ceil(number: int | Decimal) -> int:
    """Give the smallest whole number that is not below the number.

    ceil(5.1) -> 6
    ceil(-5.1) -> -5

    Source: go-cty CeilFunc.
    """
    return math.ceil(number)


def _floor(number: int | Decimal) -> int:
    """Give the largest whole number that is not above the number.

    floor(5.9) -> 5
    floor(-5.1) -> -6

    Source: go-cty FloorFunc.
    """
    return math.floor(number)


def _log(number: int | Decimal, base: int | Decimal) -> int | Decimal:
    """Give the logarithm of a number to a base.

    log(16, 2) -> 4

    It is computed with 64-bit floating point. Both have to be above 0, and the base may not be 1.
    Source: go-cty LogFunc.
    """
    for argument, found in enumerate((number, base)):
        if found <= 0:
            msg = f"expected a number above 0, found {shown_number(found)}"
            raise FunctionError(msg, argument)
    below = logarithm(_float(base, 1))
    if below == 0:
        msg = "there is no logarithm to the base 1"
        raise FunctionError(msg, 1)
    return _exact(logarithm(_float(number, 0)) / below)


def _pow(number: int | Decimal, power: int | Decimal) -> int | Decimal:
    """Raise a number to a power.

    pow(3, 2) -> 9
    pow(4, 0.5) -> 2

    It is computed with 64-bit floating point, as in Nomad, so that only 15 digits can be relied upon. A
    result that is too large for that (about 1e308) or no real number is an error.
    Source: go-cty PowFunc.
    """
    try:
        found = raise_to(_float(number, 0), _float(power, 1))
    except (OverflowError, ValueError):
        found = math.inf
    if not math.isfinite(found):
        shown = f"{shown_number(number)} to the power of {shown_number(power)}"
        msg = f"{shown} is nothing that a 64-bit float can hold"
        raise FunctionError(msg)
    return _exact(found)


def _signum(number: int | Decimal) -> int:
    """Give -1, 0 or 1: the sign of a number, which has to be a whole one.

    signum(-13) -> -1

    Source: go-cty SignumFunc.
    """
    found = whole(number, 0)
    return (found > 0) - (found < 0)


def _parseint(text: Datum, base: int | Decimal) -> int:
    """Read a whole number that is written in a base from 2 to 62.

    parseint("ff", 16) -> 255
    parseint("-101", 2) -> -5

    The digits are 0 to 9, a to z and A to Z; up to base 36, capitals mean the same as small letters.
    Errors: a digit that the base does not have, a prefix such as `0x`, more than 1000 digits, a number
    in the place of the text.
    Source: go-cty ParseIntFunc, Go big.Int.SetString.
    """
    if not isinstance(text, str):
        msg = f"expected a string, found {describe_datum(text)}"
        raise FunctionError(msg, 0)
    radix = natural(base, 1)
    if not _LEAST_BASE <= radix <= len(_DIGITS):
        msg = f"expected a base from {_LEAST_BASE} to {len(_DIGITS)}, found {radix}"
        raise FunctionError(msg, 1)
    digits = text[1:] if text[:1] in {"+", "-"} else text
    if len(digits) > _LONGEST:
        msg = f"this number has more than {_LONGEST} digits"
        raise FunctionError(msg, 0)
    found = 0
    for digit in digits.lower() if radix <= _ONE_CASE else digits:
        value = _DIGITS.find(digit)
        if not 0 <= value < radix:
            msg = f"{short(text)!r} is no whole number of base {radix}: {digit!r} is none of its digits"
            raise FunctionError(msg, 0)
        found = found * radix + value
    if not digits:
        msg = f"expected the digits of a number, found {short(text)!r}"
        raise FunctionError(msg, 0)
    return -found if text.startswith("-") else found


def _max(*numbers: int | Decimal) -> int | Decimal:
    """Give the largest of one or more numbers; for a list, write `max(numbers...)`.

    max(12, 54.5, 3) -> 54.5

    Source: go-cty MaxFunc.
    """
    return max(_some(numbers))


def _min(*numbers: int | Decimal) -> int | Decimal:
    """Give the smallest of one or more numbers; for a list, write `min(numbers...)`.

    min(12, 54.5, 3) -> 3

    Source: go-cty MinFunc.
    """
    return min(_some(numbers))


def _range(*numbers: int | Decimal) -> list[Any]:
    """Give the numbers from a start up to, but without, an end: `range(start, end, step)`.

    range(3) -> [0, 1, 2]
    range(1, 3) -> [1, 2]
    range(4, 0, -2) -> [4, 2]

    The start is 0 by default, the step 1, or -1 where the end is below the start. A step that leads
    away from the end, or is 0, is an error, and so are more than 1024 numbers.
    Source: go-cty RangeFunc.
    """
    if not 1 <= len(numbers) <= 3:  # noqa: PLR2004 - start, end, step
        msg = f"expected one, two or three numbers, as in range(start, end, step), found {len(numbers)}"
        raise FunctionError(msg)
    start, end = numbers[:2] if len(numbers) > 1 else (0, numbers[0])
    step = -1 if end < start else 1
    if len(numbers) == 3:  # noqa: PLR2004 - start, end, step
        step = numbers[2]  # type: ignore[assignment]
    if step == 0 or (end - start) * step < 0:
        msg = f"steps of {shown_number(step)} never lead from {shown_number(start)} to {shown_number(end)}"
        raise FunctionError(msg, 2)
    return TypedList(_steps(start, end, step), NUMBER)


def _steps(start: int | Decimal, end: int | Decimal, step: int | Decimal) -> list[int | Decimal]:
    found: list[int | Decimal] = []
    number = start
    while number < end if step > 0 else number > end:
        if len(found) == _MOST_VALUES:
            msg = f"these are more than {_MOST_VALUES} numbers; take a smaller distance or a larger step"
            raise FunctionError(msg)
        found.append(number)
        number = add(number, step)
    return found


def _some(numbers: tuple[int | Decimal, ...]) -> tuple[int | Decimal, ...]:
    if not numbers:
        msg = "expected one number at least; a list of numbers is written with three dots: [1, 2]..."
        raise FunctionError(msg)
    return numbers


def _float(number: int | Decimal, argument: int) -> float:
    try:
        found = float(number)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        msg = f"this number is too large to compute with: {shown_number(number)}"
        raise FunctionError(msg, argument)
    return found


def _exact(number: float) -> int | Decimal:
    """Give the number that is written with the fewest digits that mean this one."""
    from ostler.hcl.numerals import number as read

    return read(repr(number))


_NUMBER: Final = Parameter("number", NUMBER)
FUNCTIONS: Final = {
    "abs": Function(_abs, _NUMBER),
    "ceil": Function(_ceil, _NUMBER),
    "floor": Function(_floor, _NUMBER),
    "log": Function(_log, _NUMBER, Parameter("base", NUMBER)),
    "max": Function(_max, variadic=Parameter("numbers", NUMBER)),
    "min": Function(_min, variadic=Parameter("numbers", NUMBER)),
    "parseint": Function(_parseint, Parameter("text"), Parameter("base", NUMBER)),
    "pow": Function(_pow, _NUMBER, Parameter("power", NUMBER)),
    "range": Function(_range, variadic=Parameter("numbers", NUMBER)),
    "signum": Function(_signum, _NUMBER),
}
