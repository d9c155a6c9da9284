"""What is written with a backslash, or with a doubled $ or %, in a text."""

from __future__ import annotations

import re
import sys

_ESCAPE = re.compile(r'\\(?:(["\\nrt])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|\$\$\{|%%\{')
SURROGATES = range(0xD800, 0xE000)
_PLAIN = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def unescape(text: str) -> str:
    r"""Resolve backslashes, ``$${`` and ``%%{``; ValueError when a \u names no character."""
    return _ESCAPE.sub(_resolve, text) if "\\" in text or "{" in text else text


def undouble(text: str) -> str:
    """Resolve ``$${`` and ``%%{`` alone: heredocs have no backslashes."""
    return text.replace("$${", "${").replace("%%{", "%{")


def _resolve(match: re.Match[str]) -> str:
    letter = match[1]
    if letter:
        return _PLAIN[letter]
    if match[0][0] != "\\":
        return match[0][1:]
    code = int(match[2] or match[3], 16)
    if code in SURROGATES or code > sys.maxunicode:
        msg = f"{match[0]} is no character"
        raise ValueError(msg)
    return chr(code)
