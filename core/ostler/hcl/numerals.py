"""Read numbers without losing a digit."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal

MAX_DIGITS = 1000


def number(text: str) -> int | Decimal:
    """Give a whole number as int, any other as Decimal; ValueError beyond ``MAX_DIGITS`` digits."""
    if len(text) < MAX_DIGITS and "." not in text and "e" not in text and "E" not in text:
        return int(text)
    exponent = text.lower().partition("e")[2]
    if len(text) > MAX_DIGITS or abs(int(exponent or 0)) > MAX_DIGITS:
        msg = f"this number has more than {MAX_DIGITS} digits"
        raise ValueError(msg)
    from decimal import Decimal

    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else exact
