"""Learn the ends of running tasks in bulk: from the executor, and from each driver's `wait`."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from ostler.drivers.values import Exit, Reason
from ostler.errors import OstlerError

if TYPE_CHECKING:
    import asyncio

    from ostler.drivers.facade import Driver
    from ostler.drivers.values import TaskHandle
    from ostler.executor import Executor

logger = logging.getLogger(__name__)

WAIT_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 1.0
LOST: Final = Exit(code=1, reason=Reason.LOST, message="the driver gives no end for it any more")


class Ends:
    """One future per running task, resolved on the event loop wherever its end is learnt.

    Handles that name a process are watched through the executor.  All others of one driver are watched
    by a single daemon thread that calls the driver's `wait`.
    """

    def __init__(self, executor: Executor, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
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

    def _watch(self, driver: Driver) -> _Watch:
        watch = self._watches.get(driver.name)
        if watch is None:
            watch = self._watches[driver.name] = _Watch(driver, self)
        return watch


class _Watch:
    """The thread that asks one driver for the ends of all its tasks."""

    def __init__(self, driver: Driver, ends: Ends) -> None:
        self._driver = driver
        self._ends = ends
        self._handles: dict[str, TaskHandle] = {}
        self._changed = threading.Condition()
        self._closed = False
        name = f"ostler-wait-{driver.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def add(self, handle: TaskHandle) -> None:
        with self._changed:
            self._handles[handle.task_id] = handle
            self._changed.notify()

    def remove(self, handle: TaskHandle) -> None:
        with self._changed:
            self._handles.pop(handle.task_id, None)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(WAIT_SECONDS + 0.5)

    def _run(self) -> None:
        while (handles := self._next()) is not None:
            try:
                ended = self._driver.wait(handles, WAIT_SECONDS)
            except OstlerError as error:
                logger.warning("%s; asked again in %g s", error, PAUSE_SECONDS)
                time.sleep(PAUSE_SECONDS)
                continue
            for each in ended:
                with self._changed:
                    known = self._handles.pop(each.task_id, None)
                if known is not None:
                    self._ends.tell(each.task_id, each.exit)

    def _next(self) -> list[TaskHandle] | None:
        with self._changed:
            while not self._handles and not self._closed:
                self._changed.wait()
            return None if self._closed else list(self._handles.values())


def _resolve(future: asyncio.Future[Exit], end: Exit) -> None:
    if not future.done():
        future.set_result(end)
