"""Amounts as an operator writes them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmMgGtTpP]?)(i?)([bB]?)")
_STEPS: Final = ("", "k", "m", "g", "t", "p")
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def size_bytes(text: str) -> int:
    """Read a size such as ``100GB`` (10^9 bytes) or ``10GiB`` (2^30) as bytes; ValueError if it is none."""
    found = _SIZE.fullmatch(text.strip())
    if not found or (found[3] and not (found[2] and found[4])):
        msg = f"not a size: {text!r}; write one such as '100GB' (powers of 1000) or '10GiB' (powers of 1024)"
        raise ValueError(msg)
    return int(Decimal(found[1]) * (1024 if found[3] else 1000) ** _STEPS.index(found[2].lower()))


def words(text: str) -> frozenset[str]:
    """Split a list written with commas."""
    return frozenset(word.strip() for word in text.split(",")) - {""}


def truth(text: str) -> bool:
    """Read a bool as options write it; ValueError if it is none."""
    if text in _TRUE | _FALSE:
        return text in _TRUE
    msg = f"expected a bool such as 1 or true, found {text!r}"
    raise ValueError(msg)
