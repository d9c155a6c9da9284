"""The supervisor's event loop: descriptors and timers on one thread, and work that can wait a little."""

from __future__ import annotations

import heapq
import selectors
import time
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_SECONDS = 3600.0  # the kernel takes no number of milliseconds for some weeks
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
# Who asks for something waits at most about this long for all the logs that are being moved.
_WORK_SECONDS = 0.001


class Timer:
    """A call to come, until it is cancelled."""

    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due = due
        self.callback = callback
        self.cancelled = False

    def __lt__(self, other: Timer) -> bool:
        """Order by when they are due."""
        return self.due < other.due

    def cancel(self) -> None:
        """Never call."""
        self.cancelled = True


class Loop:
    """Call back when a descriptor is ready or a time has come, until stopped.

    Work is done between: each piece in its turn, and never so much at once that a request has to wait.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._sources = selectors.DefaultSelector()  # of work
        # What both hold, by descriptor: asking them takes ten times as long.
        self._watched: dict[int, selectors.SelectorKey] = {}
        self._worked_on: set[int] = set()
        self._timers: list[Timer] = []
        self._work: deque[Callable[[], None]] = deque()
        self._before_gathering = 0  # how many pieces of the queue come before the next look at the sources
        self._running = False
        self.watch(self._sources.fileno(), READ, lambda _: self._gather())

    def watch(self, descriptor: int, events: int, callback: Callable[[int], None]) -> None:
        """Call ``callback(events)`` whenever the descriptor is ready; a second call changes the first."""
        if descriptor in self._watched:
            self._watched[descriptor] = self._selector.modify(descriptor, events, callback)
        else:
            self._watched[descriptor] = self._selector.register(descriptor, events, callback)

    def unwatch(self, descriptor: int) -> None:
        """Call no more; an unknown descriptor is left alone."""
        if self._watched.pop(descriptor, None) is not None:
            self._selector.unregister(descriptor)

    def work_on(self, descriptor: int, piece: Callable[[], None]) -> None:
        """Do a piece of work in its turn whenever the descriptor can be read."""
        if descriptor not in self._worked_on:
            self._worked_on.add(descriptor)
            self._sources.register(descriptor, READ, piece)

    def rest_from(self, descriptor: int) -> None:
        """Do no more of it; a piece that is in the queue already is still done."""
        if descriptor in self._worked_on:
            self._worked_on.remove(descriptor)
            self._sources.unregister(descriptor)

    def work(self, piece: Callable[[], None]) -> None:
        """Do a piece of work in its turn, once."""
        self._work.append(piece)

    def after(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call once, that many seconds from now."""
        timer = Timer(time.monotonic() + seconds, callback)
        heapq.heappush(self._timers, timer)
        return timer

    def stop(self) -> None:
        """End ``run`` after the present round."""
        self._running = False

    def run(self) -> None:
        """Serve until stopped."""
        self._running = True
        while self._running:
            for key, events in self._selector.select(self._patience()):
                # A callback may have unwatched a later descriptor, or closed it and opened another as it.
                if self._watched.get(key.fd) is key:
                    key.data(events)
            self._fire()
            self._do_some()

    def _patience(self) -> float | None:
        while self._timers and self._timers[0].cancelled:
            heapq.heappop(self._timers)
        if self._work:
            return 0.0
        if not self._timers:
            return None
        return min(max(0.0, self._timers[0].due - time.monotonic()), _LONGEST_SECONDS)

    def _gather(self) -> None:
        """Queue what is ready, once what the queue held the last time is done, which it may be among."""
        if self._before_gathering <= 0:
            self._work.extend(key.data for key, _ in self._sources.select(0))
            self._before_gathering = len(self._work)

    def _do_some(self) -> None:
        if not self._work:
            return
        end = time.monotonic() + _WORK_SECONDS
        while self._work and time.monotonic() < end:
            self._before_gathering -= 1
            self._work.popleft()()

    def _fire(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0].due <= now:
            timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                timer.callback()
