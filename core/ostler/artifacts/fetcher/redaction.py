"""Take credentials out of a source before a person or a log sees it."""

from __future__ import annotations

import re
from typing import Final

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^\s'\"<>]*)")
_VALUE: Final = re.compile(r"=[^&#\s]*")


def redact(text: str) -> str:
    """Return ``text`` with the user part and the query values of every URL in it taken out."""
    return _URL.sub(lambda match: match[1] + _redact_rest(match[2]), text)


def _redact_rest(rest: str) -> str:
    address, mark, query = rest.partition("?")
    authority, slash, path = address.partition("/")
    authority = authority.rpartition("@")[2]
    return authority + slash + path + mark + _VALUE.sub("=...", query)
