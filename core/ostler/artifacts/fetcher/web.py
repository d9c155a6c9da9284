"""Read http and https: one GET, resumed where the server can tell that its bytes are still the same.

By the standard library and not through fsspec's own file system, which follows redirects unasked, takes an
answer without the asked range for the range, and whose client takes 0.15 s to import.
"""

from __future__ import annotations

import re
import ssl
from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from .credentials import Credentials
from .failures import AnsweredError, CutError, RefusalError, UnchangedError
from .partial import Validator
from .proxies import connect
from .streams import copy

if TYPE_CHECKING:
    import http.client
    import socket
    from collections.abc import Callable, Collection, Mapping

    from .guard import Guard
    from .sink import Sink

_MOST_REDIRECTS: Final = 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_PART: Final = 206
_UNCHANGED: Final = 304
_BEYOND: Final = 416
_WHOLE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_UNSAFE: Final = re.compile(r"[^!-~]")


class Answer(NamedTuple):
    """What a server answers: the head is read, the body not yet."""

    connection: http.client.HTTPConnection
    socket: socket.socket
    response: http.client.HTTPResponse


class Web:
    """What has to be read by http, and under which rules; one call of `read` is one try."""

    def __init__(
        self,
        url: str,
        *,
        schemes: Collection[str],
        headers: Mapping[str, str],
        insecure: bool,
        stall_seconds: float,
        netrc: str,
        guard: Guard,
        held: str = "",
    ) -> None:
        self._url = _quoted(url)
        self._schemes = schemes
        self._headers = dict(headers)
        self._context = _context(insecure=insecure)
        self._stall_seconds = stall_seconds
        self._netrc = netrc
        self._guard = guard
        self._held = held
        self.encoding = ""

    def read(self, sink: Sink, known: Validator, remember: Callable[[Validator], None]) -> None:
        """Read to the end, from where ``sink`` ends if the server has still what ``known`` tells of.

        ``remember`` is called with the answer's validator before the first byte is written.  Raises what
        `failures.explain` knows how to tell.
        """
        answer = self._answer(sink.received if known.holds else 0, known)
        with closing(answer.connection), closing(answer.response):
            self._begin(answer.response, sink, known, remember)
            copy(_reader(answer.response), sink)
            if sink.total is not None and sink.received != sink.total:
                raise CutError
            _refuse_surplus(answer)

    def _answer(self, start: int, known: Validator) -> Answer:
        """Ask, and ask again where the server redirects to."""
        url, headers = self._url, Credentials(self._url, self._headers, self._netrc).headers
        wanted = {"Range": f"bytes={start}-", "If-Range": known.etag or known.modified}
        conditions = wanted if start else {"If-None-Match": self._held} if self._held else {}
        for _ in range(_MOST_REDIRECTS):
            connection = connect(url, self._context, self._stall_seconds, {**headers, **conditions})
            line = connection.sock
            try:
                response = connection.getresponse()
                target = response.headers.get("Location")
                if response.status not in _REDIRECTS or target is None:
                    _refuse_failure(response, start)
                    return Answer(connection, line, response)
            except BaseException:
                connection.close()
                raise
            connection.close()
            after = _quoted(urljoin(url, target))
            self._refuse_scheme(after)
            self._guard.check_named(urlsplit(after).hostname or "")
            if _origin(after) != _origin(url):
                headers = {}  # what the job sends is meant for the host that the job names
            url = after
        msg = "the server redirects without end; check the source"
        raise RefusalError(msg)

    def _refuse_scheme(self, url: str) -> None:
        scheme = urlsplit(url).scheme
        if scheme not in self._schemes or scheme not in {"http", "https"}:
            allowed = ", ".join(sorted({"http", "https"} & set(self._schemes)))
            msg = f"the server redirects to {scheme!r}, which is not allowed (allowed: {allowed})"
            raise RefusalError(msg)

    def _begin(
        self,
        response: http.client.HTTPResponse,
        sink: Sink,
        known: Validator,
        remember: Callable[[Validator], None],
    ) -> None:
        """Decide whether the answer goes on where the sink ends, or is the whole once more."""
        found, first = _described(response)
        self.encoding = response.headers.get("Content-Encoding", "").strip().lower()
        goes_on = response.status == _PART and first == sink.received and known.same(found)
        if not goes_on:
            if response.status == _PART:
                sink.restart()
                raise CutError
            if sink.received:
                sink.restart()
            remember(found)
        sink.total = found.size


def _described(response: http.client.HTTPResponse) -> tuple[Validator, int]:
    """Return what the answer says of the whole, and at which byte it begins."""
    etag = response.headers.get("ETag", "")
    modified = response.headers.get("Last-Modified", "")
    strong = "" if etag.startswith("W/") else etag
    if response.status != _PART:
        return Validator(strong, modified, response.length), 0
    part = _WHOLE.fullmatch(response.headers.get("Content-Range", ""))
    if part is None:
        return Validator(strong, modified), -1
    return Validator(strong, modified, None if part[3] == "*" else int(part[3])), int(part[1])


def _refuse_failure(response: http.client.HTTPResponse, start: int) -> None:
    if response.status == _UNCHANGED:
        raise UnchangedError
    if response.status == _BEYOND and start:
        raise CutError(restart=True)
    if response.status not in {_OK, _PART} or (response.status == _PART and not start):
        raise AnsweredError(response.status, response.reason)


def _reader(response: http.client.HTTPResponse) -> Callable[[memoryview], int]:
    """Return what reads into a buffer as much as there is, at most once from the line."""
    if response.chunked:

        def chunk(view: memoryview) -> int:
            block = response.read1(len(view))
            view[: len(block)] = block
            return len(block)

        return chunk
    left = response.length

    def piece(view: memoryview) -> int:
        nonlocal left
        if left is not None:
            view = view[:left]
        count: int = response.fp.readinto1(view) if view else 0
        if left is not None:
            left -= count
        return count

    return piece


def _refuse_surplus(answer: Answer) -> None:
    """Notice a server that sends more than it said: what came is a part of something."""
    response = answer.response
    if response.length is None or response.chunked:
        return
    answer.socket.settimeout(0)
    try:
        more = response.fp.read1(1)
    except OSError:  # there is nothing yet
        return
    if more:
        msg = "the server sent more bytes than it said"
        raise CutError(msg, restart=True)


def _context(*, insecure: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _quoted(url: str) -> str:
    """Escape what may not stand in a request; what is escaped already stays as it is."""
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), url)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port
