"""Functions of strings."""

from __future__ import annotations

from typing import Final

from ostler.hcl.functions import Function, Parameter
from ostler.hcl.types import STRING


def _upper(text: str) -> str:
    return text.upper()


def _lower(text: str) -> str:
    return text.lower()


_TEXT: Final = Parameter("text", STRING)
FUNCTIONS: Final = {
    "lower": Function(_lower, _TEXT),
    "upper": Function(_upper, _TEXT),
}
