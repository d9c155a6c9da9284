"""Amounts as an operator writes them."""

from __future__ import annotations

from typing import Final

_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def words(text: str) -> frozenset[str]:
    """Split a list written with commas."""
    return frozenset(word.strip() for word in text.split(",")) - {""}


def truth(text: str) -> bool:
    """Read a bool as options write it; ValueError if it is none."""
    if text in _TRUE | _FALSE:
        return text in _TRUE
    msg = f"expected a bool such as 1 or true, found {text!r}"
    raise ValueError(msg)
