"""Logarithms and powers of floats with the last digit that Go gives them, in which C libraries differ.

That digit shows: `ceil(log(9, 3))` is 3 in Nomad.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

# The logarithm of fdlibm, which Go uses: the coefficients of its polynomial, and ln 2 in two parts.
_COEFFICIENTS: Final = (
    0.6666666666666735130,
    0.3999999999940941908,
    0.2857142874366239149,
    0.2222219843214978396,
    0.1818357216161805012,
    0.1531383769920937332,
    0.1479819860511658591,
)
_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_HALF: Final = 0.5
_LARGEST_WHOLE: Final = 2.0**63
_LARGEST_EXPONENT: Final = 1 << 12


def logarithm(number: float) -> float:
    """Give the natural logarithm of a number above 0."""
    fraction, exponent = math.frexp(number)
    if fraction < math.sqrt(_HALF):
        fraction, exponent = fraction * 2, exponent - 1
    above = fraction - 1
    root = above / (2 + above)
    square = root * root
    fourth = square * square
    c1, c2, c3, c4, c5, c6, c7 = _COEFFICIENTS
    odd = square * (c1 + fourth * (c3 + fourth * (c5 + fourth * c7)))
    even = fourth * (c2 + fourth * (c4 + fourth * c6))
    half = _HALF * above * above
    inner = root * (half + (odd + even)) + exponent * _LN2_LOW
    return exponent * _LN2_HIGH - ((half - inner) - above)


def power(number: float, exponent: float) -> float:
    """Raise a number to a power; OverflowError for what is too large, ValueError for what is not real."""
    if exponent == 0 or number == 1:
        return 1.0
    if number == 0:
        if exponent < 0:
            raise OverflowError
        return 0.0
    if abs(exponent) == _HALF:
        root = math.sqrt(number)
        return root if exponent > 0 else 1 / root
    fraction, whole = math.modf(abs(exponent))
    if whole >= _LARGEST_WHOLE:
        return math.pow(number, exponent)
    result = 1.0
    if fraction:
        if fraction > _HALF:
            fraction, whole = fraction - 1, whole + 1
        if number < 0:
            raise ValueError
        result = math.exp(fraction * logarithm(number))
    return _scaled(result, number, int(whole), inverse=exponent < 0)


def _scaled(result: float, number: float, times: int, *, inverse: bool) -> float:
    """Multiply by a number several times, by squares, with the exponent of two kept apart."""
    scale = 0
    fraction, exponent = math.frexp(number)
    while times:
        if abs(exponent) > _LARGEST_EXPONENT:
            scale += exponent
            break
        if times & 1:
            result *= fraction
            scale += exponent
        fraction *= fraction
        exponent *= 2
        if fraction < _HALF:
            fraction *= 2
            exponent -= 1
        times >>= 1
    return math.ldexp(1 / result, -scale) if inverse else math.ldexp(result, scale)
