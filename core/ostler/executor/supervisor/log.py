"""One log: bytes on their way from a task into rotated files and to followers."""

from __future__ import annotations

import resource
from contextlib import suppress

from ostler.executor.supervisor.follower import Follower
from ostler.executor.supervisor.intakes import intake
from ostler.executor.supervisor.segments import NO_END, Segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.roles import Intake, Pump
    from ostler.executor.supervisor.task import Task

_TURN_BYTES = 1024 * 1024


class Log:
    """One stream: its intake while it is collected, its files, its followers.

    ``owner`` is the connection of whoever had it collected, ``writer`` the task that wrote to it last.
    ``grew`` is called after bytes came, ``hindered`` with the error when they can't be written, once
    until they can again, ``over`` when a release that had to wait for room on the disk is done.
    """

    def __init__(self, loop: Loop, pump: Pump, files: dict[str, Any]) -> None:
        self._loop = loop
        self._pump = pump
        self.files = files
        self._intake: Intake | None = None
        self._held_back = False
        self._hindered = False
        self._unheeded = False
        self.ending = False
        self.owner: object = None
        self.writer: Task | None = None
        self.grew: Callable[[], None] = lambda: None
        self.hindered: Callable[[OSError], None] = lambda _: None
        self.over: Callable[[], None] = lambda: None
        most = NO_END if files.get("direct") else files["max_file_bytes"]
        self.segments = Segments(files["directory"], files["prefix"], files["max_files"], most)
        self.segments.longest = _longest_file()
        self.followers: set[Follower] = set()

    @property
    def collecting(self) -> bool:
        """Whether more bytes may come to it."""
        return self._intake is not None

    @property
    def deserted(self) -> bool:
        """Whether the intake was removed: whoever had the log collected doesn't come back to release it."""
        return self._intake is not None and self._intake.deserted

    def open(self) -> None:
        """Make the FIFO or the spool file and begin to pump."""
        made = intake(self._loop, self._pump, self.files)
        made.open()
        self._intake = made
        self._resume()
        if self.segments.empty and not self.files.get("direct"):
            self._loop.work(self._begin)

    def _begin(self) -> None:
        """Make the first file, now that nobody waits for it; who writes to it tells what is in the way."""
        if self.collecting and self.segments.empty:
            with suppress(OSError):
                self.segments.begin()

    def follow(self, peer: socket.socket, offset: int, ended: Callable[[], None], *, hold: bool) -> None:
        """Send everything from ``offset`` on to a socket; ``ended`` is called when it is over.

        One that is to ``hold`` keeps what it hasn't got yet from being purged, and so the task from going on.
        """

        def leave() -> None:
            self.followers.discard(follower)
            self.advanced()
            self._tidy()
            ended()

        follower = Follower(self._loop, self._pump.feed, self, peer, offset, leave)
        follower.holds = hold
        self.followers.add(follower)
        if self._unheeded:
            self._resume()
        follower.feed()

    def release(self) -> None:
        """Take what is left, remove the intake, let the followers come to the end.

        Raises OSError where the disk does not take it; then it is done as soon as the disk does.
        """
        if self._intake is None:
            return
        try:
            self._drain(self._intake)
        except OSError:
            self.ending = True
            self._intake.rest_long(self._ready)
            raise
        self.segments.close()
        self._intake.close()
        self._intake = None
        self.ending = False
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
        self._held_back = self._unheeded = False
        if self._intake is not None:
            self._intake.resume(self._ready)

    def _hold_back(self) -> None:
        if self._intake is not None:
            self._intake.pause()
            self._held_back = True

    def _ready(self) -> None:
        if self._intake is None or self._held_back:
            return
        try:
            if self.ending:
                self.release()
                self.over()
                return
            moved = self._turn(self._intake)
        except OSError as error:
            self._hinder(error)
            self._intake.rest_long(self._ready)
        else:
            self._settle(self._intake, moved)
        self._feed()

    def _settle(self, source: Intake, moved: int) -> None:
        self._unheeded = source.lazy and not self.followers
        if not self._held_back and not self._unheeded:
            source.rest(moved, self._ready)
        if moved == 0:
            self.segments.close()  # a log that rests takes no descriptor but the FIFO's
            return
        self._hindered = False
        self.grew()

    def _hinder(self, error: OSError) -> None:
        if not self._hindered:
            self._hindered = True
            self.hindered(error)

    def _turn(self, source: Intake) -> int:
        moved = 0
        self._mend(source)
        try:
            while moved < _TURN_BYTES and self._make_room(source):
                moved += self._move(source)
        except BlockingIOError:
            return moved
        return moved

    def _mend(self, source: Intake) -> None:
        """Begin a new file where somebody took from the newest; one that a task appends to is its own."""
        if self.files.get("direct") or not self.segments.damaged():
            return
        if source.keeps:
            self.segments.rewind()
        else:
            self.segments.rotate()

    def _make_room(self, source: Intake) -> bool:
        if self.segments.room > 0:
            return True
        if self._has_all(source):  # a new file may cost the oldest one, so it waits for a byte
            return False
        needed = min((each.position for each in self.followers if each.holds), default=None)
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

    def _has_all(self, source: Intake) -> bool:
        """Tell whether nothing is left to take; a log without a file has none, not even an empty one."""
        return not self.segments.empty and source.empty(self.segments.end)

    def _drain(self, source: Intake) -> None:
        moved = 0
        source.look_again()
        self._mend(source)
        try:
            while moved < source.most_at_the_end and not self._has_all(source):
                if self.segments.room <= 0:
                    self.segments.rotate()
                moved += self._move(source)
        except BlockingIOError:
            return

    def _feed(self) -> None:
        for follower in list(self.followers):
            follower.feed()


def _longest_file() -> int:
    """Tell how long a file this process may write: a new one is begun where an old one may not grow."""
    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return NO_END if most == resource.RLIM_INFINITY else max(1, most)
