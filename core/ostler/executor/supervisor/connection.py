"""One embedder's connection: lines of JSON in, lines of JSON out."""

from __future__ import annotations

import json

from ostler.executor.supervisor.loop import READ, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop

_LONGEST_LINE = 64 * 1024 * 1024
_CHUNK = 256 * 1024


class Connection:
    """Read requests as they come and write answers as they can be taken."""

    def __init__(
        self,
        loop: Loop,
        peer: socket.socket,
        handle: Callable[[Connection, dict[str, Any]], None],
        closed: Callable[[Connection], None],
    ) -> None:
        self._loop = loop
        self._peer = peer
        self._handle = handle
        self._closed = closed
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._open = True
        peer.setblocking(False)  # noqa: FBT003 - takes no keyword
        loop.watch(peer.fileno(), READ, self._ready)

    def send(self, message: dict[str, Any]) -> None:
        """Write a message; what a closed connection is told is lost."""
        if not self._open:
            return
        self._outgoing += json.dumps(message).encode() + b"\n"
        self._flush()

    def detach(self) -> socket.socket:
        """Give the socket away, after everything is written; the connection is over."""
        self._peer.setblocking(True)  # noqa: FBT003 - takes no keyword
        self._peer.sendall(self._outgoing)
        self._peer.setblocking(False)  # noqa: FBT003 - takes no keyword
        self._end()
        return self._peer

    def close(self) -> None:
        """Hang up."""
        if self._open:
            self._end()
            self._peer.close()

    def _end(self) -> None:
        self._open = False
        self._loop.unwatch(self._peer.fileno())
        self._closed(self)

    def _ready(self, events: int) -> None:
        if events & WRITE:
            self._flush()
        if self._open and events & READ:
            self._read()

    def _read(self) -> None:
        try:
            chunk = self._peer.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self._incoming += chunk
        if not chunk or len(self._incoming) > _LONGEST_LINE:
            self.close()
            return
        while self._open and b"\n" in chunk:
            line, _, rest = self._incoming.partition(b"\n")
            self._incoming = rest
            chunk = bytes(rest)
            self._take(line)

    def _take(self, line: bytearray) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            self.close()
            return
        if isinstance(message, dict):
            self._handle(self, message)

    def _flush(self) -> None:
        try:
            sent = self._peer.send(self._outgoing) if self._outgoing else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        del self._outgoing[:sent]
        self._loop.watch(self._peer.fileno(), READ | WRITE if self._outgoing else READ, self._ready)
