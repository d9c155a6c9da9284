"""Durations as Go writes them, in whole nanoseconds."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

SECOND: Final = 1_000_000_000
_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # U+00B5, the micro sign ...
    "μs": 1_000,  # ... and U+03BC, the letter, which Go takes too
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}
_PART: Final = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_LARGEST: Final = 2**63 - 1
_LONGEST: Final = 1000  # characters


def nanoseconds(text: str) -> int:
    """Read ``90s`` or ``1h30m``; ValueError, with what to write, where it is no duration."""
    if len(text) > _LONGEST:
        msg = f"expected a duration such as '90s', found a string of {len(text)} characters"
        raise ValueError(msg)
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    parts = _PART.findall(rest)
    if not parts or "".join(number + unit for number, unit in parts) != rest:
        msg = f"expected a duration with its unit, such as '90s' or '1h30m', found string {text!r}"
        raise ValueError(msg)
    total = sum(int(Decimal(number) * _UNITS[unit]) for number, unit in parts)
    if total > _LARGEST:
        msg = f"expected a duration of at most 292 years, found string {text!r}"
        raise ValueError(msg)
    return sign * total


def spoken(value: int) -> str:
    """Write nanoseconds as a person would: ``1h30m``, ``15s``, ``1.5s``, ``250ms``."""
    if value < 0:
        return f"-{spoken(-value)}"
    if value % SECOND:
        whole = Decimal(value) / (SECOND if value > SECOND else 1_000_000)
        return f"{whole.normalize():f}{'s' if value > SECOND else 'ms'}"
    seconds = value // SECOND
    parts = (seconds // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s")
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
