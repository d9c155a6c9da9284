"""Call a driver's hook from the event loop, with a deadline where it should be quick."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from ostler.drivers.threads import late

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.drivers.threads import DriverThreads

T = TypeVar("T")


async def call(
    threads: DriverThreads, hook: Callable[..., T], *args: object, deadline_seconds: float | None = None
) -> T:
    """Call a hook on one of ``threads``; LateError when the deadline passes, and the hook goes on alone."""
    future = asyncio.wrap_future(threads.submit(hook, *args))
    future.add_done_callback(_looked_at)
    try:
        return await asyncio.wait_for(asyncio.shield(future), deadline_seconds)
    except TimeoutError:
        if future.done():
            return future.result()
        future.cancel()  # what still waits for a thread is not begun any more
        raise late(threads.name, hook, deadline_seconds or 0.0) from None


def _looked_at(future: asyncio.Future[T]) -> None:
    """Take note of an error that comes when nobody waits any more, or asyncio would complain of it."""
    if not future.cancelled():
        future.exception()
