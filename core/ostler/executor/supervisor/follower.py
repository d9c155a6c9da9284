"""One follower of a log: a socket that gets every byte from an offset on."""

from __future__ import annotations

import errno
import os

from ostler.executor.supervisor.loop import READ, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.roles import Source

_TURN_BYTES = 1024 * 1024


class Follower:
    """Send what is there, wait for the socket or for more, hang up after the last byte."""

    def __init__(
        self,
        loop: Loop,
        send: Callable[[int, int, int, int], int],
        source: Source,
        peer: socket.socket,
        position: int,
        ended: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._send = send
        self._source = source
        self._peer = peer
        self._ended = ended
        self._file: tuple[int, int] | None = None
        self.position = position
        self.holds = True
        loop.watch(peer.fileno(), READ, self._ready)

    def feed(self) -> None:
        """Send as much as the socket takes now."""
        if self._peer.fileno() < 0:
            return
        before = self.position
        try:
            self._send_turn()
        except BlockingIOError:
            self._loop.watch(self._peer.fileno(), READ | WRITE, self._ready)
        except OSError:
            self._leave()
            return
        self._settle(advanced=self.position > before)

    def _settle(self, *, advanced: bool) -> None:
        if self.position >= self._source.segments.end:
            if not self._source.collecting:
                self._leave()
                return
            self._loop.watch(self._peer.fileno(), READ, self._ready)
        else:
            self._loop.watch(self._peer.fileno(), READ | WRITE, self._ready)
        if advanced:
            self._source.advanced()

    def _send_turn(self) -> None:
        limit = self.position + _TURN_BYTES
        while self.position < min(limit, self._source.segments.end):
            found = self._source.segments.locate(self.position)
            sent = 0
            if found is not None:
                number, offset, count = found
                sent = self._send(self._peer.fileno(), self._open(number), offset, count)
            if sent == 0:  # who comes again is told where it goes on
                raise OSError(errno.EIO, "somebody removed or cut a file")
            self.position += sent

    def _open(self, number: int) -> int:
        if self._file is not None and self._file[0] == number:
            return self._file[1]
        self._close_file()
        descriptor = self._source.segments.open(number, os.O_RDONLY)
        self._file = (number, descriptor)
        return descriptor

    def _ready(self, events: int) -> None:
        if events & READ and self._hung_up():
            self._leave()
        elif events & WRITE:
            self.feed()

    def _hung_up(self) -> bool:
        try:
            return not self._peer.recv(4096)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _leave(self) -> None:
        if self._peer.fileno() < 0:
            return
        self._loop.unwatch(self._peer.fileno())
        self._close_file()  # whoever reads the end may unmount what the log lies on
        self._peer.close()
        self._ended()

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file[1])
            self._file = None
