"""Take credentials out of a source before a person or a log sees it."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_QUERY: Final = re.compile(r"\?[^\s?=&]+=\S*")  # of a source that is written without its scheme
_USER: Final = re.compile(r"://[^/\s]*@")
_VALUE: Final = re.compile(r"([?&](?:[^=&#]*=)?)[^&#]+")


def redact(text: str) -> str:
    """Return ``text`` with the user part and the query values of every URL in it taken out."""
    shown = _URL.sub(lambda match: _VALUE.sub(r"\1...", _USER.sub("://", match[0])), text)
    return _QUERY.sub(lambda match: _VALUE.sub(r"\1...", match[0]), shown)


def hidden(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` without the secrets, however they are spelled there, and redacted."""
    for secret in sorted(secrets, key=len, reverse=True):
        for spelled in (secret, quote(secret, safe=""), quote(secret), _base64(secret), repr(secret)[1:-1]):
            text = text.replace(spelled, "...")
    return redact(text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")
