"""The awaited client: the same results, a loop that stays free, a cancelled caller that leaves nothing."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from ostler import AsyncClient, MistakeError

if TYPE_CHECKING:
    from pathlib import Path

JOB = """
job "one" {
  type = "batch"
  group "one" {
    task "one" {
      driver = "mock_driver"
      config {
        run_for       = "%s"
        stdout_string = "said"
        exit_code     = 3
      }
      restart {
        attempts = 0
      }
    }
  }
}
"""


def test_a_job_is_awaited(data_dir: Path) -> None:
    async def main() -> tuple[int, bytes]:
        async with AsyncClient(data_dir=data_dir) as client:
            result = await client.run(JOB % "50ms")
            return result.code, result.output

    assert asyncio.run(main()) == (3, b"said")


def test_two_jobs_run_at_once_and_the_callers_loop_stays_free(data_dir: Path) -> None:
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            await asyncio.sleep(0.01)

    async def main() -> list[int]:
        async with AsyncClient(data_dir=data_dir) as client:
            ticking = asyncio.create_task(tick())
            results = await asyncio.gather(client.run(JOB % "500ms"), client.run(JOB % "500ms"))
            ticking.cancel()
            return [result.code for result in results]

    assert asyncio.run(main()) == [3, 3]
    assert len(ticks) > 10


def test_a_cancelled_caller_ends_the_job(data_dir: Path) -> None:
    async def main() -> None:
        async with AsyncClient(data_dir=data_dir) as client:
            async with asyncio.timeout(2):
                await client.run(JOB % "1h")

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_a_mistake_is_raised_where_it_is_awaited(data_dir: Path) -> None:
    async def main() -> None:
        async with AsyncClient(data_dir=data_dir) as client:
            await client.validate('job "one" {}')

    with pytest.raises(MistakeError, match="group"):
        asyncio.run(main())


def test_a_caller_that_is_cancelled_at_once_leaves_no_job(data_dir: Path) -> None:
    async def main() -> None:
        async with AsyncClient(data_dir=data_dir) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.run(JOB % "1h"), 0.001)

    begun = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - begun < 20
