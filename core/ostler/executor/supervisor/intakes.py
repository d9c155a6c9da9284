"""Where a log's bytes come from: a FIFO that is emptied, a spool file, or the log file itself."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import termios
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop, Timer
    from ostler.executor.supervisor.roles import Intake, Pump

    Resume = Callable[[], None]

_SMALL_BYTES = 64 * 1024
# A FIFO that holds a megabyte is seldom full sooner, and a follower sees no difference.
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.001, 0.016
_FULL_SECONDS = 0.5
_LAST_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
# Another machine may write to the file, which nothing announces here: it is looked at again and again.
_SOON_SECONDS, _SELDOM_SECONDS = 0.05, 1.0
_PUNCH_BYTES = 4 * 1024 * 1024
_NOTHING = bytes(4)  # as the kernel counts it


class Pipe:
    """A FIFO: it announces what comes, and what was taken from it is gone."""

    lazy = keeps = False
    most_at_the_end = _LAST_BYTES

    def __init__(self, loop: Loop, pump: Pump, path: str) -> None:
        self._loop = loop
        self._pump = pump
        self._path = path
        self._fifo = -1
        self._timer: Timer | None = None
        self._seconds = _SHORTEST_SECONDS

    @property
    def deserted(self) -> bool:
        """Whether the FIFO was removed."""
        return os.fstat(self._fifo).st_nlink == 0

    def open(self) -> None:
        """Make the FIFO."""
        with suppress(FileExistsError):
            os.mkfifo(self._path, 0o600)
        # Both ends, so that a writer's leaving is no end of file.
        flags = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        fifo = os.open(self._path, flags)
        if not stat.S_ISFIFO(os.fstat(fifo).st_mode):
            os.close(fifo)
            raise FileExistsError(errno.EEXIST, "it exists and is not a FIFO", self._path)
        self._pump.widen(fifo)
        self._fifo = fifo

    def empty(self, _: int) -> bool:
        """Tell whether there is surely nothing to take."""
        if self._pump.holds(self._fifo):
            return False
        return fcntl.ioctl(self._fifo, termios.FIONREAD, _NOTHING) == _NOTHING

    def resume(self, ready: Resume) -> None:
        """Call back when there is something to take."""
        self._loop.work_on(self._fifo, ready)

    def pause(self) -> None:
        """Call back no more."""
        self._loop.rest_from(self._fifo)
        if self._timer is not None:
            self._timer.cancel()

    def rest(self, moved: int, ready: Resume) -> None:
        """Let bytes gather after a few of them came, the longer the longer few of them come."""
        if moved == 0 or moved >= _SMALL_BYTES:
            self._seconds = _SHORTEST_SECONDS
            self.resume(ready)
            return
        self._later(self._seconds, ready)
        self._seconds = min(2 * self._seconds, _LONGEST_SECONDS)

    def rest_long(self, ready: Resume) -> None:
        """Wait for room on a full disk."""
        self._later(_FULL_SECONDS, ready)

    def take(self, target: int, offset: int, count: int, _: int) -> int:
        """Move at most ``count`` bytes to ``offset`` of ``target``; BlockingIOError where there are none."""
        return self._pump.fill(self._fifo, target, offset, count)

    def look_again(self) -> None:
        """See what is there for the last time; a FIFO hides nothing."""

    def close(self) -> None:
        """Remove the FIFO."""
        self.pause()
        self._pump.forget(self._fifo)
        os.close(self._fifo)
        self._fifo = -1
        _remove(self._path)

    def _later(self, seconds: float, ready: Resume) -> None:
        self.pause()
        self._timer = self._loop.after(seconds, lambda: self._loop.work(ready))


class _Growing:
    """A regular file that others append to: it announces nothing, and is looked at again and again."""

    most_at_the_end = 1 << 62  # the file ends where it ended when it was looked at last

    def __init__(self, loop: Loop, path: str) -> None:
        self._loop = loop
        self._path = path
        self._file = -1
        self._timer: Timer | None = None
        self._seconds = _SOON_SECONDS

    def empty(self, taken: int) -> bool:
        """Tell whether nothing follows the ``taken``."""
        return os.fstat(self._file).st_size <= taken

    def resume(self, ready: Resume) -> None:
        """Look at once, and from then on at intervals."""
        self._after(0.0, ready)

    def pause(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def rest(self, moved: int, ready: Resume) -> None:
        """Look at once after much, which need not be all, soon after little, and seldom after nothing."""
        self._seconds = _SOON_SECONDS if moved else min(2 * self._seconds, _SELDOM_SECONDS)
        self._after(0.0 if moved >= _CHUNK_BYTES else self._seconds, ready)

    def rest_long(self, ready: Resume) -> None:
        """Wait for room on a full disk."""
        self._after(_FULL_SECONDS, ready)

    def _after(self, seconds: float, ready: Resume) -> None:
        self.pause()
        self._timer = self._loop.after(seconds, lambda: self._loop.work(ready))


class Spool(_Growing):
    """A file that the task's writers append to, and that keeps what was taken.

    How much was taken is what the log holds, so that a successor goes on where this supervisor ended, and
    what somebody takes from the log comes again, as far as its room on the disk was not given back.
    """

    lazy, keeps = False, True

    def __init__(self, loop: Loop, pump: Pump, path: str) -> None:
        super().__init__(loop, path)
        self._pump = pump
        self._punched = 0
        self._end: int | None = None

    @property
    def deserted(self) -> bool:
        """Whether the file was removed."""
        return os.fstat(self._file).st_nlink == 0

    def open(self) -> None:
        """Make the file, or open the one that is there."""
        self._file = _opened(self._path, os.O_CREAT | os.O_RDWR, 0o600)

    def take(self, target: int, offset: int, count: int, taken: int) -> int:
        """Copy at most ``count`` bytes that follow the ``taken``; BlockingIOError where there are none."""
        if self._end is not None:
            count = min(count, self._end - taken)
        chunk = os.pread(self._file, min(count, _CHUNK_BYTES), taken) if count > 0 else b""
        if not chunk:
            raise BlockingIOError(errno.EAGAIN, "nothing more has been written", self._path)
        written = 0
        while written < len(chunk):
            written += os.pwrite(target, chunk[written:], offset + written)
        self._give_back(taken)
        return written

    def look_again(self) -> None:
        """Open the file anew: only so a network file system has to show all that was written elsewhere."""
        try:
            again = _opened(self._path, os.O_RDWR, 0o600)
        except OSError:  # removed by the task, or put in another's place: what was open is all there is
            again = os.dup(self._file)
        if not os.path.sameopenfile(again, self._file):
            os.close(again)
            again = os.dup(self._file)
        os.close(self._file)
        self._file = again
        self._end = os.fstat(again).st_size

    def close(self) -> None:
        """Remove the file."""
        self.pause()
        os.close(self._file)
        _remove(self._path)

    def _give_back(self, taken: int) -> None:
        """Free the disk of what is in the log already, where the file system can make holes."""
        if taken - self._punched >= _PUNCH_BYTES:
            self._pump.punch(self._file, taken)
            self._punched = taken


class Direct(_Growing):
    """The log file itself, which the task appends to: it is only looked at, and only while somebody cares."""

    lazy, keeps = True, False
    deserted = False

    def open(self) -> None:
        """Make the file, or open the one that is there."""
        self._file = _opened(self._path, os.O_CREAT | os.O_RDONLY, 0o644)

    def take(self, _target: int, _offset: int, _count: int, taken: int) -> int:
        """Tell how many bytes the task appended; BlockingIOError where it did none."""
        appended = os.fstat(self._file).st_size - taken
        if appended <= 0:
            raise BlockingIOError(errno.EAGAIN, "nothing more has been written", self._path)
        return appended

    def look_again(self) -> None:
        """See what is there for the last time: a local file hides nothing."""

    def close(self) -> None:
        """Leave the file where it is."""
        self.pause()
        os.close(self._file)


def intake(loop: Loop, pump: Pump, files: dict[str, Any]) -> Intake:
    """Give the intake that a log's files name."""
    if files.get("direct"):
        return Direct(loop, os.path.join(str(files["directory"]), f"{files['prefix']}.0"))
    if files.get("spool"):
        return Spool(loop, pump, str(files["spool"]))
    return Pipe(loop, pump, str(files["fifo"]))


def _opened(path: str, flags: int, mode: int) -> int:
    # O_NONBLOCK, or a FIFO that a task put in its place would hold the supervisor up.
    file = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileExistsError(errno.EEXIST, "it exists and is not a regular file", path)
    return file


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
