from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ostler.drivers import DriverThreads
from ostler.runner.calls import call

if TYPE_CHECKING:
    import pytest


def test_an_error_that_comes_when_nobody_waits_any_more_is_not_complained_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    threads, begun, late = DriverThreads("trial"), threading.Event(), threading.Event()

    def stop() -> None:
        begun.set()
        late.wait(5)
        message = "too late"
        raise OSError(message)

    async def given_up() -> None:
        waiting = asyncio.create_task(call(threads, stop))
        await asyncio.to_thread(begun.wait, 5)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        late.set()
        await asyncio.to_thread(threads.close, 5)
        await asyncio.sleep(0.05)
        del waiting
        gc.collect()

    asyncio.run(given_up())
    assert caplog.messages == []
