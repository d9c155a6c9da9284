"""Find the user and the password for an address: in the address, in the headers, in the netrc file."""

from __future__ import annotations

import base64
import netrc
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from .failures import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Credentials:
    """The headers for the host that the job names."""

    def __init__(self, url: str, headers: Mapping[str, str], netrc_file: str) -> None:
        self.headers = dict(headers)
        if any(name.lower() == "authorization" for name in headers):
            return
        pair = user_of(url) or from_netrc(netrc_file, urlsplit(url).hostname or "")
        if pair:
            token = base64.b64encode(":".join(pair).encode()).decode()
            self.headers["Authorization"] = f"Basic {token}"


def user_of(url: str) -> tuple[str, str] | None:
    """Return the user and the password that an address holds."""
    parts = urlsplit(url)
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def from_netrc(path: str, host: str) -> tuple[str, str] | None:
    """Return what the netrc file says of a host; RefusalError where it can't be read."""
    if not path or not host:
        return None
    try:
        found = netrc.netrc(path).authenticators(host)
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        msg = f"the netrc file can't be read: {path}, line {error.lineno}: {error.msg}"
        raise RefusalError(msg) from None
    return (found[0], found[2] or "") if found else None
