"""Find the name that somebody who misspelt one most likely meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST: Final = 1000
_LONGEST: Final = 100


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to ``name``, or None where nothing is close.

    Among more than a thousand names none is looked for, nor for a name of more than a hundred characters.
    """
    candidates = set(known)
    if len(candidates) > _MOST or len(name) > _LONGEST:
        return None
    from difflib import get_close_matches

    written = {each.lower(): each for each in sorted(candidates)}
    found = get_close_matches(name.lower(), written, n=1, cutoff=0.6)
    return written[found[0]] if found else None
