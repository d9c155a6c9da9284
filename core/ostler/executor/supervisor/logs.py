"""The logs of a supervisor: FIFOs and spool files pumped into rotated files, and whoever follows them."""

from __future__ import annotations

import os

from ostler.executor.supervisor.follower import Follower
from ostler.executor.supervisor.intakes import intake
from ostler.executor.supervisor.segments import Segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.roles import Intake, Pump

_TURN_BYTES = 4 * 1024 * 1024


class Log:
    """One stream: its intake while it is collected, its files, its followers."""

    def __init__(self, loop: Loop, pump: Pump, files: dict[str, Any]) -> None:
        self._loop = loop
        self._pump = pump
        self._files = files
        self._intake: Intake | None = None
        self._held_back = False
        self.segments = Segments(
            files["directory"], files["prefix"], files["max_files"], files["max_file_bytes"]
        )
        self.followers: set[Follower] = set()

    @property
    def collecting(self) -> bool:
        """Whether more bytes may come."""
        return self._intake is not None

    @property
    def deserted(self) -> bool:
        """Whether the intake was removed: whoever had the log collected doesn't come back to release it."""
        return self._intake is not None and self._intake.deserted

    def open(self) -> None:
        """Make the FIFO or the spool file and begin to pump."""
        made = intake(self._loop, self._pump, self._files)
        made.open()
        self._intake = made
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
        """Take what is left, remove the intake, let the followers come to the end."""
        if self._intake is None:
            return
        self._drain(self._intake)
        self._intake.close()
        self._intake = None
        self.segments.close()
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
        if self._intake is not None:
            self._intake.resume(self._ready)

    def _hold_back(self) -> None:
        if self._intake is not None:
            self._intake.pause()
            self._held_back = True

    def _ready(self) -> None:
        if self._intake is None:
            return
        try:
            moved = self._turn(self._intake)
        except OSError:
            self._intake.rest_long(self._ready)
        else:
            if not self._held_back:
                self._intake.rest(moved, self._ready)
        self._feed()

    def _turn(self, source: Intake) -> int:
        moved = 0
        try:
            while moved < _TURN_BYTES and self._make_room():
                moved += self._move(source)
        except BlockingIOError:
            return moved
        return moved

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

    def _move(self, source: Intake) -> int:
        target, offset = self.segments.target()
        count = source.take(target, offset, self.segments.room, self.segments.end)
        self.segments.grew(count)
        return count

    def _drain(self, source: Intake) -> None:
        moved = 0
        try:
            source.look_again()
            while moved < source.most_at_the_end:
                if self.segments.room <= 0:
                    self.segments.rotate()
                moved += self._move(source)
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
        """End the logs whose intake was removed."""
        for key, log in list(self._collected.items()):
            if log.deserted:
                del self._collected[key]
                log.release()

    def _left(self) -> None:
        self.following -= 1
        self._changed()


def _key(files: dict[str, Any]) -> str:
    return os.path.join(str(files["directory"]), str(files["prefix"]))
