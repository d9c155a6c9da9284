"""Sizes as a person writes them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmMgGtTpP]?)(i?)([bB]?)")
_STEPS: Final = ("", "k", "m", "g", "t", "p")


def size_bytes(text: str) -> int:
    """Read a size such as ``100GB`` (10^9 bytes) or ``10GiB`` (2^30) as bytes; ValueError if it is none."""
    found = _SIZE.fullmatch(text.strip())
    if not found or (found[3] and not (found[2] and found[4])):
        msg = f"not a size: {text!r}; write one such as '100GB' (powers of 1000) or '10GiB' (powers of 1024)"
        raise ValueError(msg)
    return int(Decimal(found[1]) * (1024 if found[3] else 1000) ** _STEPS.index(found[2].lower()))
