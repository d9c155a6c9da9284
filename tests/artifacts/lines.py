"""A web server whose lines are bad: it cuts, stalls, lies and forgets, one manner an answer."""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
from collections.abc import Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from attrs import Factory, define

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANGE: Final = re.compile(r"bytes=(\d+)-")


@define
class Manner:
    """How one question is answered; ``sent`` is how many bytes come, None for all."""

    content: bytes
    sent: int | None = None
    etag: str = '"one"'
    modified: str = ""
    status: int = 0
    length: int | None = None
    whole: bool = False
    chunked: bool = False
    stalls: bool = False
    encoded: bool = False
    extra: bytes = b""
    first: int | None = None


@define
class Lines:
    """Answers by one manner after the other, the last for ever; ``asked`` are the ranges, None for none."""

    url: str
    manners: Sequence[Manner]
    asked: list[str | None] = Factory(list)
    conditions: list[str | None] = Factory(list)


@contextmanager
def serving(*manners: Manner) -> Iterator[Lines]:
    """Serve at ``/file`` on loopback."""
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_words: object) -> None:
            """Keep quiet."""

        def do_GET(self) -> None:
            manner = manners[min(len(lines.asked), len(manners) - 1)]
            lines.asked.append(self.headers["Range"])
            lines.conditions.append(self.headers["If-Range"])
            _answer(self, manner)
            if manner.stalls:
                closing.wait(20)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    lines = Lines(f"http://127.0.0.1:{server.server_port}/file", manners)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield lines
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(handler: Any, manner: Manner) -> None:  # noqa: ANN401 - of http.server
    content = gzip.compress(manner.content, mtime=0) if manner.encoded else manner.content
    asked = _RANGE.fullmatch(handler.headers["Range"] or "")
    holds = handler.headers["If-Range"] in {None, manner.etag, manner.modified}
    start = int(asked[1]) if asked and holds and not manner.whole else 0
    handler.send_response(manner.status or (206 if start else 200))
    body = content[start:]
    if start:
        first = start if manner.first is None else manner.first
        handler.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
    if manner.etag:
        handler.send_header("ETag", manner.etag)
    if manner.modified:
        handler.send_header("Last-Modified", manner.modified)
    if manner.encoded:
        handler.send_header("Content-Encoding", "gzip")
    if manner.chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    else:
        handler.send_header("Content-Length", str(len(body) if manner.length is None else manner.length))
    handler.end_headers()
    left = None if manner.sent is None else max(0, manner.sent - start)
    piece = body[:left]
    if manner.chunked:
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n" if manner.sent is None else b"")
    else:
        handler.wfile.write(piece + manner.extra)


def digest(content: bytes) -> str:
    """Return the checksum of some bytes as a job gives it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
