"""Stop one running task: politely, by force when asked, and again where its driver fails to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ostler.drivers.values import Exit, Reason, StopRequest
from ostler.errors import LateError, OstlerError
from ostler.runner.calls import call
from ostler.runner.events import EventType

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.drivers.values import TaskHandle
    from ostler.runner.open_driver import OpenDriver

TRIES: Final = 5
TRIES_BY_FORCE: Final = 2
PAUSE_SECONDS: Final = 1.0


class Stopping:
    """The stop of one task; ``ended`` is the future of its exit, ``emit`` takes what goes wrong.

    ``failure`` says afterwards that the task may still run; it is empty where it was stopped.
    """

    def __init__(
        self,
        opened: OpenDriver,
        handle: TaskHandle,
        ended: asyncio.Future[Exit],
        emit: Callable[[EventType, str], None],
    ) -> None:
        self._opened = opened
        self._handle = handle
        self._ended = ended
        self._emit = emit
        self.failure = ""

    async def end(self, request: StopRequest, forced: asyncio.Event) -> Exit:
        """Return the exit of the task once it was stopped; ``forced`` cuts the grace short."""
        polite = asyncio.create_task(self._tries(request, TRIES, "to stop"))
        force = asyncio.create_task(forced.wait())
        await asyncio.wait((polite, force), return_when=asyncio.FIRST_COMPLETED)
        force.cancel()
        stopped = polite.done() and polite.result()
        if not polite.done():
            polite.cancel()
        if not stopped:
            stopped = await self._tries(
                StopRequest(0.0, request.signal), TRIES_BY_FORCE, "to stop it by force"
            )
        return await self._exit() if stopped else self._given_up()

    async def _tries(self, request: StopRequest, tries: int, what: str) -> bool:
        """Tell whether a try came back or the end was told; a driver that hangs is not tried again."""
        for attempt in range(1, tries + 1):
            failure = await self._try(request)
            if failure is None:
                return True
            self._emit(EventType.DRIVER_FAILURE, f"{failure} (try {attempt} of {tries} {what})")
            if isinstance(failure, LateError) or attempt == tries:
                break
            await asyncio.wait((self._ended,), timeout=PAUSE_SECONDS * attempt)
            if self._ended.done():
                break
        return self._ended.done()

    async def _try(self, request: StopRequest) -> OstlerError | None:
        opened = self._opened
        deadline = request.grace_seconds + opened.deadlines.answer_seconds
        try:
            await call(opened.stopping, opened.driver.stop, self._handle, request, deadline_seconds=deadline)
        except OstlerError as error:
            return error
        return None

    async def _exit(self) -> Exit:
        seconds = self._opened.deadlines.end_seconds
        try:
            return await asyncio.wait_for(asyncio.shield(self._ended), seconds)
        except TimeoutError:
            message = f"driver {self._opened.driver.name!r} told no end within {seconds:g} s after the stop"
            return Exit(code=1, reason=Reason.LOST, message=message)

    def _given_up(self) -> Exit:
        self.failure = f"driver {self._opened.driver.name!r} did not stop the task; it may still run"
        self._emit(EventType.DRIVER_FAILURE, self.failure)
        return Exit(code=1, reason=Reason.DRIVER_ERROR, message=self.failure)
