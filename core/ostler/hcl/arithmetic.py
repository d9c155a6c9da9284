"""Compute with numbers of any size without losing a digit that matters.

cty computes with binary floats of 512 bits, which hold 154 decimal digits; here they are decimals of 154
digits, so that 0.1 + 0.2 is 0.3.  Quotients carry some more: a third three times is one.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, Overflow, Rounded, Underflow

from ostler.hcl.numerals import MAX_DIGITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn, TypeAlias

Number: TypeAlias = int | Decimal

_DIGITS: Final = 154
_QUOTIENT_DIGITS: Final = 200
_LARGEST: Final = 10**MAX_DIGITS
_QUIET: Final = {Inexact: False, Rounded: False, Overflow: False, Underflow: False}
_EXACT: Final = Context(prec=_DIGITS)
_QUOTIENT: Final = Context(prec=_QUOTIENT_DIGITS)
_REMAINDER: Final = Context(prec=3 * MAX_DIGITS)
for _context in (_EXACT, _QUOTIENT, _REMAINDER):
    _context.traps.update(_QUIET)


class NumberError(Exception):
    """There is no such number, or it is too large."""


def whole_if_equal(number: Number) -> Number:
    """Give a whole number as int, and bound it; NumberError beyond 1000 digits before or after the point."""
    if isinstance(number, int):
        if -_LARGEST < number < _LARGEST:
            return number
        _refuse_size()
    if not number.is_finite() or (number and abs(number.adjusted()) > MAX_DIGITS):
        _refuse_size()
    return int(number) if number == number.to_integral_value() else number


def rounded(number: Number) -> Number:
    """Give a number with the digits in which it is compared and written."""
    return number if isinstance(number, int) else whole_if_equal(_EXACT.plus(number))


def negative(number: Number) -> Number:
    """Give the number with the other sign."""
    return -number if isinstance(number, int) else number.copy_negate()


def add(left: Number, right: Number) -> Number:
    """Add."""
    if isinstance(left, int) and isinstance(right, int):
        return whole_if_equal(left + right)
    return whole_if_equal(_EXACT.add(left, right))


def subtract(left: Number, right: Number) -> Number:
    """Subtract."""
    return add(left, negative(right))


def multiply(left: Number, right: Number) -> Number:
    """Multiply."""
    if isinstance(left, int) and isinstance(right, int):
        return whole_if_equal(left * right)
    return whole_if_equal(_EXACT.multiply(left, right))


def divide(left: Number, right: Number) -> Number:
    """Divide; 7 / 2 is 3.5."""
    if not right:
        msg = "can't divide by zero"
        raise NumberError(msg)
    if isinstance(left, int) and isinstance(right, int) and not left % right:
        return left // right
    return whole_if_equal(_QUOTIENT.divide(left, right))


def modulo(left: Number, right: Number) -> Number:
    """Give what is left of a division to a whole number; it has the sign of ``left``."""
    if not right:
        msg = "can't divide by zero"
        raise NumberError(msg)
    if isinstance(left, int) and isinstance(right, int):
        remainder = abs(left) % abs(right)
        return -remainder if left < 0 else remainder
    return whole_if_equal(_REMAINDER.remainder(left, right))


def less(left: Number, right: Number) -> bool:
    """Compare."""
    return rounded(left) < rounded(right)


def less_or_equal(left: Number, right: Number) -> bool:
    """Compare."""
    return rounded(left) <= rounded(right)


OPERATIONS: Final[dict[str, Callable[[Number, Number], Number]]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
}


def _refuse_size() -> NoReturn:
    msg = f"the result has more than {MAX_DIGITS} digits"
    raise NumberError(msg)
