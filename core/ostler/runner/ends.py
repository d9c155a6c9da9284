"""Learn the ends of running tasks in bulk: from the executor, and from each driver's `wait`."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from attrs import define, frozen

from ostler.drivers.values import Exit, Reason, TaskHandle
from ostler.errors import OstlerError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from ostler.drivers.facade import Driver
    from ostler.drivers.values import Ended
    from ostler.executor import Executor

logger = logging.getLogger(__name__)

WAIT_SECONDS: Final = 1.0


@frozen
class Patience:
    """How often, and for how long, a driver's `wait` may do nothing but raise before its tasks are lost.

    Both have to be reached, counted for each task from the first failure that it met; after each failure
    comes a pause.
    """

    failures: int = 10
    seconds: float = 60.0
    pause_seconds: float = 1.0


PATIENCE: Final = Patience()


@define
class _Watched:
    handle: TaskHandle
    failures: int = 0
    failing_since: float = 0.0

    def failed(self, now: float, patience: Patience) -> bool:
        """Count a failure, and tell whether it was one too many."""
        self.failing_since = self.failing_since if self.failures else now
        self.failures += 1
        return self.failures >= patience.failures and now - self.failing_since >= patience.seconds


class Ends:
    """One future per running task, resolved on the event loop wherever its end is learnt.

    Handles that name a process are watched through the executor.  All others of one driver are watched
    by a single daemon thread that calls the driver's `wait`; where that only raises for longer than
    ``patience``, they have ended with the reason ``lost``.  A `wait` that is late by ``late_seconds`` is
    told of.
    """

    def __init__(
        self,
        executor: Executor,
        loop: asyncio.AbstractEventLoop,
        patience: Patience = PATIENCE,
        *,
        late_seconds: float = 10.0,
    ) -> None:
        self.patience = patience
        self._loop = loop
        self._late_seconds = late_seconds
        self._lock = threading.Lock()
        self._own: set[str] = set()
        self._early: dict[str, Exit] = {}
        self._futures: dict[str, asyncio.Future[Exit]] = {}
        self._watches: dict[str, _Watch] = {}
        self._unsubscribe = executor.on_end(self.tell)

    def own(self, allocation_id: str) -> None:
        """Keep the ends of this allocation's tasks, which may be told before anyone expects them."""
        self._own.add(allocation_id)

    def expect(self, handle: TaskHandle, driver: Driver) -> asyncio.Future[Exit]:
        """Return the future of a task's exit; to be called on the event loop."""
        future = self._loop.create_future()
        with self._lock:
            early = self._early.pop(handle.task_id, None)
            if early is None:
                self._futures[handle.task_id] = future
        if early is not None:
            future.set_result(early)
        elif handle.process is None:
            self._watch(driver).add(handle)
        return future

    def tell(self, task_id: str, end: Exit) -> None:
        """Take the news of an end; called on any thread."""
        with self._lock:
            future = self._futures.pop(task_id, None)
            if future is None:
                if task_id.partition("/")[0] in self._own:
                    self._early[task_id] = end
                return
        self._loop.call_soon_threadsafe(_resolve, future, end)

    def forget(self, handle: TaskHandle) -> None:
        """Stop watching a task, whether or not its end came."""
        with self._lock:
            self._futures.pop(handle.task_id, None)
            self._early.pop(handle.task_id, None)
        if watch := self._watches.get(handle.driver):
            watch.remove(handle)

    def close(self) -> None:
        """Stop listening; the watching threads end with their current `wait`."""
        self._unsubscribe()
        for watch in self._watches.values():
            watch.close()
        deadline = time.monotonic() + WAIT_SECONDS + 0.5
        for watch in self._watches.values():
            watch.join(max(0.0, deadline - time.monotonic()))

    def _watch(self, driver: Driver) -> _Watch:
        watch = self._watches.get(driver.name)
        if watch is None:
            watch = self._watches[driver.name] = _Watch(driver, self)
            self._look_at(watch)
        return watch

    def _look_at(self, watch: _Watch) -> None:
        """Look again and again, on the event loop, whether a driver's `wait` hangs."""
        if watch.look(WAIT_SECONDS + self._late_seconds):
            self._loop.call_later(self._late_seconds, self._look_at, watch)


class _Watch:
    """The thread that asks one driver for the ends of all its tasks."""

    def __init__(self, driver: Driver, ends: Ends) -> None:
        self._driver = driver
        self._ends = ends
        self._watched: dict[str, _Watched] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._asked_since: float | None = None
        self._told_since: float | None = None
        name = f"ostler-wait-{driver.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def add(self, handle: TaskHandle) -> None:
        with self._changed:
            self._watched[handle.task_id] = _Watched(handle)
            self._changed.notify()

    def remove(self, handle: TaskHandle) -> None:
        with self._changed:
            self._watched.pop(handle.task_id, None)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def look(self, most_seconds: float) -> bool:
        """Tell of a `wait` that hangs, once each; False if nobody has to look any more."""
        since = self._asked_since
        if since is not None and since != self._told_since and time.monotonic() - since >= most_seconds:
            self._told_since = since
            words = "driver %r has not answered wait for %g s; the ends of its tasks are not learnt meanwhile"
            logger.warning(words, self._driver.name, most_seconds)
        return not self._closed

    def _run(self) -> None:
        while (handles := self._next()) is not None:
            try:
                ended = self._ask(handles)
            except OstlerError as error:
                self._failed(handles, error)
                continue
            self._succeeded(handles)
            for each in ended:
                self._tell(each.task_id, each.exit)

    def _failed(self, handles: list[TaskHandle], error: OstlerError) -> None:
        """Give up the tasks for which the driver did nothing but raise for too long, and pause."""
        patience, now = self._ends.patience, time.monotonic()
        with self._changed:
            asked = [self._watched[each.task_id] for each in handles if each.task_id in self._watched]
            lost = [each for each in asked if each.failed(now, patience)]
        for each in lost:
            message = f"{error} ({each.failures} times in a row; whether the task still runs is not known)"
            self._tell(each.handle.task_id, Exit(code=1, reason=Reason.LOST, message=message))
        if len(lost) < len(asked):
            logger.warning("%s; asked again in %g s", error, patience.pause_seconds)
            time.sleep(patience.pause_seconds)

    def _succeeded(self, handles: list[TaskHandle]) -> None:
        with self._changed:
            for each in handles:
                if each.task_id in self._watched:
                    self._watched[each.task_id].failures = 0

    def _tell(self, task_id: str, end: Exit) -> None:
        with self._changed:
            known = self._watched.pop(task_id, None)
        if known is not None:
            self._ends.tell(task_id, end)

    def _ask(self, handles: list[TaskHandle]) -> Sequence[Ended]:
        self._asked_since = time.monotonic()
        try:
            return self._driver.wait(handles, WAIT_SECONDS)
        finally:
            self._asked_since = None

    def _next(self) -> list[TaskHandle] | None:
        with self._changed:
            while not self._watched and not self._closed:
                self._changed.wait()
            return None if self._closed else [each.handle for each in self._watched.values()]


def _resolve(future: asyncio.Future[Exit], end: Exit) -> None:
    if not future.done():
        future.set_result(end)
