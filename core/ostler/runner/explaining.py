"""Ask a driver to tell the end of a process in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.errors import OstlerError
from ostler.runner.calls import call
from ostler.runner.events import EventType

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.drivers.values import Exit, TaskHandle
    from ostler.runner.open_driver import OpenDriver


async def explained(
    opened: OpenDriver, handle: TaskHandle, end: Exit, emit: Callable[[EventType, str], None]
) -> Exit:
    """Give the end of a process in its driver's words, or as it is where the driver has none or fails."""
    if handle.process is None or not opened.driver.implements("explain"):
        return end
    hook, seconds = opened.driver.explain, opened.deadlines.answer_seconds
    try:
        return await call(opened.threads, hook, handle, end, deadline_seconds=seconds)
    except OstlerError as error:
        emit(EventType.DRIVER_FAILURE, str(error))
        return end
