"""The logs of a supervisor: FIFOs pumped into rotated files, and whoever follows them."""

from __future__ import annotations

import errno
import os
import stat

from ostler.executor.supervisor.follower import Follower
from ostler.executor.supervisor.loop import READ
from ostler.executor.supervisor.segments import Segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.roles import Pump

_TURN_BYTES = 4 * 1024 * 1024
_SMALL_BYTES = 64 * 1024
_REST_SECONDS = 0.001
_FULL_SECONDS = 0.5
_LAST_BYTES = 64 * 1024 * 1024


class Log:
    """One stream: its FIFO while it is collected, its files, its followers."""

    def __init__(self, loop: Loop, pump: Pump, files: dict[str, Any]) -> None:
        self._loop = loop
        self._pump = pump
        self._fifo_path = str(files["fifo"])
        self._fifo: int | None = None
        self._held_back = False
        self.segments = Segments(
            files["directory"], files["prefix"], files["max_files"], files["max_file_bytes"]
        )
        self.followers: set[Follower] = set()

    @property
    def collecting(self) -> bool:
        """Whether more bytes may come."""
        return self._fifo is not None

    @property
    def deserted(self) -> bool:
        """Whether the FIFO was removed: whoever had the log collected doesn't come back to release it."""
        return self._fifo is not None and os.fstat(self._fifo).st_nlink == 0

    def open(self) -> None:
        """Make the FIFO and begin to pump."""
        if not os.path.lexists(self._fifo_path):
            os.mkfifo(self._fifo_path, 0o600)
        # Both ends, so that a writer's leaving is no end of file.
        flags = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        fifo = os.open(self._fifo_path, flags)
        if not stat.S_ISFIFO(os.fstat(fifo).st_mode):
            os.close(fifo)
            raise FileExistsError(errno.EEXIST, "it exists and is not a FIFO", self._fifo_path)
        self._pump.widen(fifo)
        self._fifo = fifo
        self._resume()

    def follow(self, peer: socket.socket, offset: int, ended: Callable[[], None]) -> None:
        """Send everything from ``offset`` on to a socket; ``ended`` is called when it is over."""

        def leave() -> None:
            self.followers.discard(follower)
            self.advanced()
            self._tidy()
            ended()

        begin = max(offset, self.segments.start)
        follower = Follower(self._loop, self._pump.feed, self, peer, begin, leave)
        self.followers.add(follower)
        follower.feed()

    def release(self) -> None:
        """Take what is left in the pipe, remove the FIFO, let the followers come to the end."""
        if self._fifo is None:
            return
        self._drain(self._fifo)
        self._loop.unwatch(self._fifo)
        os.close(self._fifo)
        self._fifo = None
        self.segments.close()
        if os.path.lexists(self._fifo_path):
            os.unlink(self._fifo_path)
        self._feed()
        self._tidy()

    def _tidy(self) -> None:
        """Remove what the last followers still had to read."""
        if not self.collecting and not self.followers:
            self.segments.trim()

    def advanced(self) -> None:
        """Go on, now that a follower has got further."""
        if self._held_back:
            self._resume()

    def _resume(self) -> None:
        self._held_back = False
        if self._fifo is not None:
            self._loop.watch(self._fifo, READ, self._ready)

    def _rest(self, fifo: int, seconds: float) -> None:
        self._loop.unwatch(fifo)
        self._loop.after(seconds, self._resume)

    def _hold_back(self) -> None:
        if self._fifo is not None:
            self._loop.unwatch(self._fifo)
            self._held_back = True

    def _ready(self, _: int) -> None:
        if self._fifo is None:
            return
        moved = 0
        try:
            while moved < _TURN_BYTES and self._make_room():
                moved += self._move(self._fifo)
        except BlockingIOError:
            if moved < _SMALL_BYTES:
                self._rest(self._fifo, _REST_SECONDS)
        except OSError:
            self._rest(self._fifo, _FULL_SECONDS)
        self._feed()

    def _make_room(self) -> bool:
        if self.segments.room > 0:
            return True
        needed = min((each.position for each in self.followers), default=None)
        if not self.segments.may_rotate(needed):
            self._hold_back()
            return False
        self.segments.rotate()
        self.segments.trim()
        return True

    def _move(self, fifo: int) -> int:
        target, offset = self.segments.target()
        count = self._pump.fill(fifo, target, offset, self.segments.room)
        self.segments.grew(count)
        return count

    def _drain(self, fifo: int) -> None:
        moved = 0
        try:
            while moved < _LAST_BYTES:
                if self.segments.room <= 0:
                    self.segments.rotate()
                moved += self._move(fifo)
        except OSError:
            return

    def _feed(self) -> None:
        for follower in list(self.followers):
            follower.feed()


class Logs:
    """All logs of one data directory."""

    def __init__(self, loop: Loop, pump: Pump, changed: Callable[[], None]) -> None:
        self._loop = loop
        self._pump = pump
        self._changed = changed
        self._collected: dict[str, Log] = {}
        self.following = 0

    @property
    def collecting(self) -> int:
        """How many are collected now."""
        return len(self._collected)

    def collect(self, files: dict[str, Any]) -> None:
        """Begin to pump; what is collected already goes on."""
        key = _key(files)
        if key in self._collected:
            return
        os.makedirs(files["directory"], exist_ok=True)
        log = Log(self._loop, self._pump, files)
        log.open()
        self._collected[key] = log

    def follow(self, files: dict[str, Any], peer: socket.socket, offset: int) -> None:
        """Stream to a socket; of a log that isn't collected, what its files hold."""
        log = self._collected.get(_key(files)) or Log(self._loop, self._pump, files)
        self.following += 1
        log.follow(peer, offset, self._left)

    def release(self, files: dict[str, Any]) -> None:
        """End a log; one that isn't collected is at its end already."""
        log = self._collected.pop(_key(files), None)
        if log is not None:
            log.release()
            self._changed()

    def release_deserted(self) -> None:
        """End the logs whose FIFO was removed."""
        for key, log in list(self._collected.items()):
            if log.deserted:
                del self._collected[key]
                log.release()

    def _left(self) -> None:
        self.following -= 1
        self._changed()


def _key(files: dict[str, Any]) -> str:
    return os.path.join(str(files["directory"]), str(files["prefix"]))
