"""Guess the known name behind a misspelt one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Final

_MOST: Final = 1000
_LONGEST: Final = 100


def nearest(name: str, known: Collection[str]) -> str | None:
    """Give the known name that ``name`` was probably meant to be; case, ``-`` and ``_`` weigh nothing.

    Among more than a thousand names none is looked for, nor for a name of more than a hundred characters.
    """
    if len(known) > _MOST or len(name) > _LONGEST:
        return None
    from difflib import get_close_matches

    folded = {_fold(candidate): candidate for candidate in sorted(known, reverse=True)}
    found = get_close_matches(_fold(name), folded, n=1, cutoff=0.65)
    return folded[found[0]] if found else None


def suggestion(name: str, known: Collection[str]) -> str:
    """Give ``; did you mean 'x'?``, or nothing when nothing is near."""
    found = nearest(name, known)
    return f"; did you mean '{found}'?" if found else ""


def _fold(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
