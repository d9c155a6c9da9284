"""Threads for what may take long, and the way of their answers back to the loop."""

from __future__ import annotations

import _thread
import os
from _queue import SimpleQueue  # `queue` brings threading with it

from ostler.executor.supervisor.loop import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop

    Work = tuple[Callable[[], Any], Callable[[Any], None]]

_MOST_THREADS = 4


class Workers:
    """A few threads, started as they are needed; they end with the process."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._waiting: SimpleQueue[Work] = SimpleQueue()
        self._answers: SimpleQueue[tuple[Callable[[Any], None], Any]] = SimpleQueue()
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._threads = 0
        self._busy = 0
        loop.watch(self._bell, READ, self._deliver)

    def do(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Call ``work`` on a thread, and ``done`` with its result on the loop's."""
        self._waiting.put((work, done))
        self._busy += 1
        if self._busy > self._threads and self._threads < _MOST_THREADS:
            self._threads += 1
            _thread.start_new_thread(self._serve, ())

    def _serve(self) -> None:
        while True:
            work, done = self._waiting.get()
            self._answers.put((done, work()))
            os.eventfd_write(self._bell, 1)

    def _deliver(self, _: int) -> None:
        os.eventfd_read(self._bell)
        while not self._answers.empty():
            done, answer = self._answers.get()
            self._busy -= 1
            done(answer)
