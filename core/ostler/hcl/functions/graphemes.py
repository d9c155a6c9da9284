"""Characters as people count them: grapheme clusters (Unicode, annex 29)."""

from __future__ import annotations


def clusters(text: str) -> list[str]:
    r"""Split a text into its characters: a letter with its accents is one, and so is ``\r\n``.

    The tables are those of wcwidth, of a later Unicode than the ones that Nomad has; characters that
    are younger may be counted otherwise.
    """
    if text.isascii() and "\r\n" not in text:
        return list(text)
    from wcwidth import iter_graphemes

    return list(iter_graphemes(text))


def length(text: str) -> int:
    """Count the characters of a text."""
    if text.isascii() and "\r" not in text:
        return len(text)
    return len(clusters(text))
