"""Read http and https through fsspec, without the traps that its defaults hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .failures import RefusalError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .sink import Sink

_CONNECT_SECONDS = 10


def read_http(
    url: str,
    sink: Sink,
    *,
    schemes: Collection[str],
    headers: Mapping[str, str],
    insecure: bool,
    stall_seconds: float,
) -> None:
    """Read ``url`` by one GET: no HEAD first, no compression, no limit on the whole time."""
    import aiohttp
    import fsspec
    from fsspec.callbacks import Callback

    client = {
        "timeout": aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=stall_seconds),
        "trace_configs": [_redirect_rules(schemes, headers)],
        "trust_env": True,  # proxies
    }
    system = fsspec.filesystem(
        "http",
        skip_instance_cache=True,
        client_kwargs=client,
        encoded=bool(re.fullmatch("[!-~]+", url)),
        headers={**headers, "Accept-Encoding": "identity"},
        **({"ssl": False} if insecure else {}),
    )

    class Total(Callback):  # type: ignore[misc]
        def set_size(self, size: int | None) -> None:
            sink.total = size

    try:
        system.get_file(url, sink, callback=Total())
    except FileNotFoundError:
        msg = "not found: the server answered 404; check the source"
        raise RefusalError(msg) from None


def _redirect_rules(schemes: Collection[str], headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - aiohttp's
    import aiohttp
    from yarl import URL

    async def redirected(
        _session: object, _context: object, params: aiohttp.TraceRequestRedirectParams
    ) -> None:
        location = params.response.headers.get("Location") or params.response.headers.get("URI") or ""
        before, after = params.response.url, params.response.url.join(URL(location))
        if after.scheme not in schemes:
            allowed = ", ".join(sorted(schemes))
            msg = f"the server redirects to {after.scheme!r}, which is not allowed (allowed: {allowed})"
            raise RefusalError(msg)
        if before.origin() != after.origin():
            for name in headers:  # what the job sends is meant for the host that the job names
                params.headers.popall(name, None)

    rules = aiohttp.TraceConfig()
    rules.on_request_redirect.append(redirected)
    return rules
