"""The embedder's door for whoever has an event loop of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from ostler.client.client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from ostler.client.diagnosis import Diagnosis
    from ostler.client.reports import DriverReport
    from ostler.client.results import Result
    from ostler.client.running import Run
    from ostler.drivers.values import Fingerprint
    from ostler.jobs import Job, Loaded
    from ostler.node import Node
    from ostler.runner.reaching import Executed


class AsyncClient:
    """What `Client` is, with methods to be awaited; the arguments are those of `Client`.

    The jobs run on a loop of their own, so that nothing that they do holds the caller's loop up.
    """

    def __init__(self, config: Any = None, **options: Any) -> None:  # noqa: ANN401 - those of `Client`
        self._client = Client(config, **options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, job: str | Path | Job | Loaded, **options: Any) -> Result:  # noqa: ANN401 - as Client's
        """Run a job to its end, as `Client.run` does; a cancelled caller kills the job before it goes on."""
        running = await self.start(job, **options)
        try:
            return await asyncio.shield(asyncio.wrap_future(running.finished))
        except asyncio.CancelledError:
            await _killed(running)
            raise

    async def start(self, job: str | Path | Job | Loaded, **options: Any) -> Run:  # noqa: ANN401 - as Client's
        """Start a job, as `Client.start` does; a caller that is cancelled meanwhile kills it again."""
        starting = asyncio.ensure_future(asyncio.to_thread(self._client.start, job, **options))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait({starting})
            if not starting.cancelled() and starting.exception() is None:
                await _killed(starting.result())
            raise

    async def validate(self, job: str | Path | Job | Loaded, **options: Any) -> tuple[str, ...]:  # noqa: ANN401
        """Check a job, as `Client.validate` does."""
        return await asyncio.to_thread(self._client.validate, job, **options)

    async def node(self) -> tuple[Node, Mapping[str, Fingerprint]]:
        """Fingerprint every driver, as `Client.node` does."""
        return await asyncio.to_thread(self._client.node)

    async def drivers(self) -> list[DriverReport]:
        """Fingerprint every driver that may be used and describe each, as `Client.drivers` does."""
        return await asyncio.to_thread(self._client.drivers)

    async def logs(self, allocation: str, task: str = "", **options: Any) -> AsyncIterator[tuple[int, bytes]]:  # noqa: ANN401
        """Give what a task wrote, in pieces with their offsets, as `Client.logs` does."""
        pieces = await asyncio.to_thread(self._client.logs, allocation, task, **options)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    async def signal(self, allocation: str, signal: str, *, task: str = "") -> None:
        """Send a signal to a task, as `Client.signal` does."""
        await asyncio.to_thread(self._client.signal, allocation, signal, task=task)

    async def execute(self, allocation: str, command: Sequence[str], **options: Any) -> Executed:  # noqa: ANN401
        """Run a command in a task to its end, as `Client.execute` does; ``on_output`` is called on a thread.

        A caller that is cancelled meanwhile leaves the command to its ``timeout_seconds``.
        """
        return await asyncio.to_thread(self._client.execute, allocation, command, **options)

    async def diagnose(self) -> Diagnosis:
        """Try what isolation is made of and ask every driver how it is, as `Client.diagnose` does."""
        return await asyncio.to_thread(self._client.diagnose)

    async def plan(self, driver: str) -> list[dict[str, Any]]:
        """Give the plans of what a driver would start, as `Client.plan` does."""
        return await asyncio.to_thread(self._client.plan, driver)

    async def close(self) -> None:
        """End the jobs that still run and let go, as `Client.close` does."""
        await asyncio.to_thread(self._client.close)


async def _killed(running: Run) -> None:
    running.kill()
    await asyncio.wait({asyncio.wrap_future(running.finished)})
