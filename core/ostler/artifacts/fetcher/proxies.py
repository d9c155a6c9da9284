"""Open a connection to a web server, by the proxy that the environment names where there is one."""

from __future__ import annotations

import base64
import http.client
import ssl
import urllib.request
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .credentials import user_of
from .failures import RefusalError, TroubleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONNECT_SECONDS: Final = 10


def hosts() -> Iterator[str]:
    """Give the hosts of the proxies."""
    for name, proxy in urllib.request.getproxies_environment().items():
        if name != "no" and (host := urlsplit(_url(proxy)).hostname):
            yield host


def connect(
    url: str, context: ssl.SSLContext, stall_seconds: float, headers: Mapping[str, str]
) -> http.client.HTTPConnection:
    """Connect, and send a GET with these headers."""
    parts = urlsplit(url)
    host = parts.hostname
    if not host:
        msg = "the source is no valid URL"
        raise RefusalError(msg)
    address = host if parts.port is None else f"{host}:{parts.port}"
    proxy = _proxy(parts.scheme, address)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    netloc = parts.netloc.rpartition("@")[2]
    sent = {"Host": netloc, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    if proxy and parts.scheme == "http":
        sent |= _authorization(proxy)
        target = f"http://{netloc}{target}"
    connection = _connection(parts.scheme, host, parts.port, proxy, context)
    _reach(connection)
    connection.sock.settimeout(stall_seconds)
    names = {name.lower() for name in headers}
    sent = {name: value for name, value in sent.items() if name.lower() not in names}
    connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    for name, value in {**sent, **headers}.items():
        connection.putheader(name, value.encode("latin-1" if value.isascii() else "utf-8"))
    connection.endheaders()
    return connection


def _reach(connection: http.client.HTTPConnection) -> None:
    """Connect; what goes wrong names the address."""
    try:
        connection.connect()
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        text = f"{connection.host}:{connection.port} can't be reached: {error.strerror or error}"
        msg = f"{text}; check the address and the network"
        raise TroubleError(msg) from None


def _connection(
    scheme: str, host: str, port: int | None, proxy: str, context: ssl.SSLContext
) -> http.client.HTTPConnection:
    through = urlsplit(proxy)
    if scheme == "http":
        at = (through.hostname or "", through.port) if proxy else (host, port)
        return http.client.HTTPConnection(*at, timeout=_CONNECT_SECONDS)
    if not proxy:
        return http.client.HTTPSConnection(host, port, timeout=_CONNECT_SECONDS, context=context)
    connection = http.client.HTTPSConnection(
        through.hostname or "", through.port, timeout=_CONNECT_SECONDS, context=context
    )
    connection.set_tunnel(host, port or 443, _authorization(proxy))
    return connection


def _proxy(scheme: str, address: str) -> str:
    if urllib.request.proxy_bypass_environment(address):  # type: ignore[attr-defined]  # typeshed lacks it
        return ""
    found = urllib.request.getproxies_environment()
    proxy = found.get(scheme) or found.get("all") or ""
    if proxy and urlsplit(_url(proxy)).scheme != "http":
        msg = f"the proxy for {scheme} is no http:// one; an http:// proxy, or none, works"
        raise RefusalError(msg)
    return _url(proxy) if proxy else ""


def _url(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def _authorization(proxy: str) -> dict[str, str]:
    pair = user_of(proxy)
    if pair is None:
        return {}
    return {"Proxy-Authorization": f"Basic {base64.b64encode(':'.join(pair).encode()).decode()}"}
