"""Numbers as Go writes them, who holds them in binary with 512 digits after the first one."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_BITS: Final = 512
_EXACT: Final = Context(prec=10_000, rounding=ROUND_HALF_EVEN, Emax=1_100_000, Emin=-1_100_000)
_SMALLEST_EXPONENT: Final = -4
_LARGEST_EXPONENT: Final = 6


def binary(number: int | Decimal) -> Decimal:
    """Give the nearest number of 512 binary digits: 1.005 is a little more or less than that there."""
    numerator, denominator = number.as_integer_ratio()
    if denominator & (denominator - 1) == 0 and numerator.bit_length() <= _BITS:
        return Decimal(number)
    shift = _BITS - numerator.bit_length() + denominator.bit_length()
    while True:
        scaled, rest = divmod(abs(numerator) << max(shift, 0), denominator << max(-shift, 0))
        if scaled.bit_length() <= _BITS:
            break
        shift -= 1
    twice = 2 * rest - (denominator << max(-shift, 0))
    scaled += twice > 0 or (twice == 0 and scaled & 1)
    found = _EXACT.multiply(Decimal(scaled), _power_of_two(-shift))
    return found.copy_negate() if numerator < 0 else found


def positive(number: int | Decimal) -> int | Decimal:
    """Give a number without its sign and with all its digits, which ``abs`` would round."""
    return abs(number) if isinstance(number, int) else number.copy_abs()


def _power_of_two(exponent: int) -> Decimal:
    if exponent >= 0:
        return Decimal(1 << exponent)
    # 2**-n is 5**n with n decimals
    return Decimal((0, Decimal(5**-exponent).as_tuple().digits, exponent))


def shortest(number: int | Decimal) -> str:
    """Write a number with all its digits, from 1,000,000 on and below 0.0001 with an exponent (`%v`)."""
    return written(number, "g", None)


def written(number: int | Decimal, mode: str, precision: int | None) -> str:
    """Write a number as the verb of a format string has it: `e`, `E`, `f`, `g` or `G`."""
    if mode in "fF":
        return format(binary(number), f".{6 if precision is None else precision}f")
    if mode in "eE":
        return _with_exponent(format(binary(number), f".{6 if precision is None else precision}{mode}"))
    found = Decimal(number)
    if precision is not None:
        found = Decimal(format(binary(number), f".{max(precision, 1) - 1}e"))
    return _general(found, mode, precision)


def _general(number: Decimal, mode: str, precision: int | None) -> str:
    sign, digits, _ = number.as_tuple()
    text = "".join(map(str, digits)).strip("0") or "0"
    exponent = number.adjusted() if number else 0
    limit = _LARGEST_EXPONENT if precision is None else max(precision, 1)
    if precision is not None and limit > len(text) > exponent:
        limit = len(text)
    head = "-" if sign else ""
    if _SMALLEST_EXPONENT <= exponent < limit:
        plain = format(number, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{head}{mantissa}{'E' if mode == 'G' else 'e'}{exponent:+03d}"


def _with_exponent(text: str) -> str:
    """Give the exponent two digits at least, as Go does."""
    mantissa, _, exponent = text.upper().partition("E")
    shown = int(exponent) if mantissa.strip("0.") else 0  # a zero has the exponent of its digits in Python
    return f"{mantissa}{'E' if 'E' in text else 'e'}{shown:+03d}"
