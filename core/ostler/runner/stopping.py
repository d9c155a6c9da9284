"""Stop one running task: politely, by force when asked, and again where its driver fails to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ostler.drivers.values import Exit, Reason, StopRequest
from ostler.errors import OstlerError
from ostler.runner.calls import call
from ostler.runner.events import EventType

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.drivers.values import TaskHandle
    from ostler.runner.workplace import OpenDriver

TRIES: Final = 5
TRIES_BY_FORCE: Final = 2
PAUSE_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 10.0
END_SECONDS: Final = 15.0


class Stopping:
    """The stop of one task; ``ended`` is the future of its exit, ``emit`` takes what goes wrong."""

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

    async def end(self, request: StopRequest, forced: asyncio.Event) -> Exit:
        """Return the exit of the task once it was stopped; ``forced`` cuts the grace short."""
        polite = asyncio.create_task(self._tries(request, TRIES))
        force = asyncio.create_task(forced.wait())
        await asyncio.wait((polite, force), return_when=asyncio.FIRST_COMPLETED)
        force.cancel()
        if not polite.done():
            polite.cancel()
            await self._tries(StopRequest(0.0, request.signal), TRIES_BY_FORCE)
        return await self._exit()

    async def _tries(self, request: StopRequest, tries: int) -> None:
        for attempt in range(1, tries + 1):
            if await self._try(request, f"try {attempt} of {tries} to stop"):
                return
            await asyncio.wait((self._ended,), timeout=PAUSE_SECONDS * attempt)
            if self._ended.done():
                return
        self._emit(EventType.DRIVER_FAILURE, "the task could not be stopped; it may still run")

    async def _try(self, request: StopRequest, which: str) -> bool:
        opened, deadline = self._opened, request.grace_seconds + ANSWER_SECONDS
        try:
            await call(opened.stopping, opened.driver.stop, self._handle, request, deadline_seconds=deadline)
        except OstlerError as error:
            self._emit(EventType.DRIVER_FAILURE, f"{error} ({which})")
            return False
        return True

    async def _exit(self) -> Exit:
        try:
            return await asyncio.wait_for(asyncio.shield(self._ended), END_SECONDS)
        except TimeoutError:
            driver = self._opened.driver.name
            message = f"driver {driver!r} told no end within {END_SECONDS:g} s after the stop"
            return Exit(code=1, reason=Reason.LOST, message=message)
