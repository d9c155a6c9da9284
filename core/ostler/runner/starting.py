"""Start one task, which may take long; once its stop is asked for, a driver that goes on is given up."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING

from ostler.drivers.values import StopRequest
from ostler.errors import OstlerError, UnendedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ostler.drivers.values import Task, TaskHandle
    from ostler.runner.open_driver import OpenDriver

logger = logging.getLogger(__name__)


class Starting:
    """The start of one attempt; ``tell`` takes what the operator should know while it lasts."""

    def __init__(self, opened: OpenDriver, task: Task, tell: Callable[[str], None]) -> None:
        self._opened, self._task, self._tell = opened, task, tell
        self._driver = opened.driver.name

    async def handle(self, stop: asyncio.Event, kill: asyncio.Event, grace_seconds: float) -> TaskHandle:
        """Return the handle; UnendedError where the driver does not give it in time after a stop."""
        started = self._opened.threads.submit(self._opened.driver.start, self._task)
        handle = asyncio.wrap_future(started)
        seconds = self._opened.deadlines.open_seconds
        if not await _either(handle, stop, seconds):
            self._tell(f"driver {self._driver!r} has not answered start for {seconds:g} s; still waiting")
            await _either(handle, stop, None)
        answer_seconds = self._opened.deadlines.answer_seconds
        if not handle.done() and not await _either(handle, kill, grace_seconds + answer_seconds):
            answer_seconds = 0.0
        if not handle.done():
            await asyncio.wait((handle,), timeout=answer_seconds)
        return handle.result() if handle.done() else self._given_up(started, handle)

    def _given_up(self, started: Future[TaskHandle], handle: asyncio.Future[TaskHandle]) -> TaskHandle:
        handle.cancel()
        started.add_done_callback(partial(_undo, self._opened))
        msg = f"driver {self._driver!r} did not answer start after the stop; what it starts may still run"
        raise UnendedError(msg)


async def _either(future: asyncio.Future[TaskHandle], event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for an answer or an event; False if neither came in time."""
    asked = asyncio.ensure_future(event.wait())
    done, _ = await asyncio.wait((future, asked), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    return bool(done)


def _undo(opened: OpenDriver, started: Future[TaskHandle]) -> None:
    """End what was started after all, on the thread that started it, when nobody waits for it any more."""
    try:
        opened.driver.stop(handle := started.result(), StopRequest(0.0))
        if opened.driver.answers("destroy"):
            opened.driver.destroy(handle)
    except CancelledError:
        return  # it was never begun
    except OstlerError as error:
        logger.warning("%s", error)
