"""The logs of a supervisor: FIFOs and spool files pumped into rotated files, and whoever follows them."""

from __future__ import annotations

import errno
import os

from ostler.executor.supervisor import complaint
from ostler.executor.supervisor.log import Log
from ostler.executor.supervisor.loop import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.roles import Pump

    Files = dict[str, Any]


class Logs:
    """All logs of one data directory; ``grew`` is called with one that bytes came to."""

    def __init__(self, loop: Loop, pump: Pump, changed: Callable[[], None]) -> None:
        self._loop = loop
        self._pump = pump
        self._changed = changed
        self._collected: dict[str, Log] = {}
        self._by_intake: dict[str, Log] = {}
        self._expecting: dict[str, list[Callable[[Log], None]]] = {}
        self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self.following = 0
        self.grew: Callable[[Log], None] = lambda _: None

    @property
    def collecting(self) -> int:
        """How many are collected now."""
        return len(self._collected)

    @property
    def ending(self) -> bool:
        """Whether one that was released still waits for room on the disk."""
        return any(log.ending for log in self._collected.values())

    def collect(self, files: Files) -> Log:
        """Begin to pump; what is collected already goes on."""
        key = key_of(files)
        if key in self._collected:
            self._collected[key].ending = False
            return self._collected[key]
        if not os.path.isdir(files["directory"]):
            os.makedirs(files["directory"], exist_ok=True)
        log = Log(self._loop, self._pump, files)
        log.open()
        log.hindered = lambda error: complain(files, error)
        log.over = lambda: self._end(key)
        log.grew = lambda: self.grew(log)
        self._collected[key] = log
        self._by_intake.update(dict.fromkeys(intakes(files), log))
        for begin in self._expecting.pop(key, []):
            begin(log)
        return log

    def get(self, files: Files) -> Log | None:
        """Find a log that is collected."""
        return self._collected.get(key_of(files))

    def owned_by(self, owner: object) -> list[Log]:
        """Find the logs that somebody had collected."""
        return [log for log in self._collected.values() if log.owner is owner]

    def at(self, path: str) -> Log | None:
        """Find the log that a task which writes to this path writes to."""
        return self._by_intake.get(path)

    def place(self, files: Files, offset: int) -> dict[str, Any]:
        """Tell from which offset on a follower gets bytes, where they end now, and whether more may come.

        It gets none before the offset that it names: beyond the end it waits until the log has grown so far.
        """
        log = self._found(files)
        coming = log.collecting or any(map(os.path.lexists, intakes(files)))
        first = max(offset, log.segments.next(offset))
        return {"offset": first, "end": log.segments.end, "collecting": coming}

    def follow(self, files: Files, peer: socket.socket, offset: int, *, wait: bool, hold: bool) -> None:
        """Stream to a socket from its place on: of a log that isn't collected, what is or will be there."""
        log = self._found(files)
        self.following += 1
        if wait and not log.collecting and _to_come(log):
            self._expect(files, peer, lambda begun: begun.follow(peer, offset, self._left, hold=hold))
        else:
            log.follow(peer, offset, self._left, hold=hold)

    def release(self, files: Files) -> None:
        """End a log; one that isn't collected is at its end already.  Raises OSError on a full disk."""
        key = key_of(files)
        log = self._collected.get(key)
        if log is not None:
            self._close(log)
            self._end(key)

    def release_deserted(self) -> None:
        """End the logs whose intake was removed."""
        for key, log in list(self._collected.items()):
            if log.deserted:
                try:
                    log.release()
                except OSError as error:
                    complain(log.files, error)
                else:
                    self._drop(key)

    def _close(self, log: Log) -> None:
        """Release a log, which frees a descriptor, but may need one first."""
        try:
            log.release()
        except OSError as error:
            if error.errno != errno.EMFILE:
                raise
            os.close(self._spare)
            try:
                log.release()
            finally:
                self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def _found(self, files: Files) -> Log:
        return self._collected.get(key_of(files)) or Log(self._loop, self._pump, files)

    def _expect(self, files: Files, peer: socket.socket, begin: Callable[[Log], None]) -> None:
        """Wait until somebody has the log collected, or whoever wants to follow it leaves."""
        key, waiting = key_of(files), self._expecting

        def hung_up(_: int) -> None:
            if begun in waiting.get(key, []):
                waiting[key].remove(begun)
            self._loop.unwatch(peer.fileno())
            peer.close()
            self._left()

        def begun(log: Log) -> None:
            self._loop.unwatch(peer.fileno())
            begin(log)

        waiting.setdefault(key, []).append(begun)
        self._loop.watch(peer.fileno(), READ, hung_up)

    def _end(self, key: str) -> None:
        self._drop(key)
        self._changed()

    def _drop(self, key: str) -> None:
        log = self._collected.pop(key, None)
        for path in intakes(log.files) if log is not None else ():
            if self._by_intake.get(path) is log:
                del self._by_intake[path]

    def _left(self) -> None:
        self.following -= 1
        self._changed()


def key_of(files: Files) -> str:
    """Give what a log is known by: where its files are, and how they are named."""
    return os.path.join(str(files["directory"]), str(files["prefix"]))


def intakes(files: Files) -> tuple[str, ...]:
    """Name what a task writes to."""
    return tuple(str(files[name]) for name in ("fifo", "spool") if files.get(name))


def direct(files: Files) -> str:
    """Name the file that a task appends to itself, if it does."""
    return f"{key_of(files)}.0" if files.get("direct") else ""


def _to_come(log: Log) -> bool:
    """Tell whether a log has not begun, or goes on when its embedder finds the supervisor that is new."""
    return log.segments.empty or any(os.path.lexists(path) for path in intakes(log.files))


def complain(files: Files, error: OSError) -> None:
    """Say in the supervisor's own log what a log waits for."""
    complaint.write(f"{key_of(files)} waits: {error.strerror}")
