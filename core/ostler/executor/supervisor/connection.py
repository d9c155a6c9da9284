"""One embedder's connection: lines of JSON in, some with descriptors, lines of JSON out."""

from __future__ import annotations

import json
import os
import socket
import struct

from ostler.executor.supervisor.loop import READ, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop

_LONGEST_LINE = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_MOST_PASSED = 64
_ITEM_BYTES = struct.calcsize("i")
_CLOSED_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Connection:
    """Read requests as they come and write answers as they can be taken.

    A request with ``descriptors`` takes so many of those that came, in their order, as ``passed``; they are
    closed once it was handled.
    """

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
        self._passed: list[int] = []
        self._open = True
        self._writing = False
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
        self._let_go(len(self._passed))
        self._loop.unwatch(self._peer.fileno())
        self._closed(self)

    def _ready(self, events: int) -> None:
        if events & WRITE:
            self._flush()
        if self._open and events & READ:
            self._read()

    def _read(self) -> None:
        try:
            chunk = self._receive()
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
            if not isinstance(message, dict):
                return
            count = min(int(message.get("descriptors") or 0), len(self._passed))
        except (RecursionError, TypeError, ValueError):
            self.close()
            return
        try:
            self._handle(self, {**message, "passed": self._passed[:count]})
        finally:
            self._let_go(count)

    def _receive(self) -> bytes:
        room = socket.CMSG_SPACE(_MOST_PASSED * _ITEM_BYTES)
        chunk, ancillary, _, _ = self._peer.recvmsg(_CHUNK, room, _CLOSED_ON_EXEC)
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                count = len(content) // _ITEM_BYTES
                found = struct.unpack(f"{count}i", content[: count * _ITEM_BYTES])
                self._passed += found
                for descriptor in found:
                    os.set_inheritable(descriptor, False)  # noqa: FBT003 - takes no keyword
        return chunk

    def _let_go(self, count: int) -> None:
        """Close the descriptors that came first."""
        gone, self._passed = self._passed[:count], self._passed[count:]
        for descriptor in gone:
            os.close(descriptor)

    def _flush(self) -> None:
        try:
            sent = self._peer.send(self._outgoing) if self._outgoing else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        del self._outgoing[:sent]
        if self._writing != bool(self._outgoing):
            self._writing = not self._writing
            self._loop.watch(self._peer.fileno(), READ | WRITE if self._writing else READ, self._ready)
