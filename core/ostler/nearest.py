"""Find the name that somebody who misspelt one most likely meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to ``name``, or None where nothing is close."""
    from difflib import get_close_matches

    written = {each.lower(): each for each in sorted(known)}
    found = get_close_matches(name.lower(), written, n=1, cutoff=0.6)
    return written[found[0]] if found else None
