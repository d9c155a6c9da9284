"""`Client.execute` and `Client.signal`: into a task of the client's own, or of anybody's."""

from __future__ import annotations

import asyncio
import io
import time
from typing import TYPE_CHECKING

import pytest

from ostler import AsyncClient, Client, MistakeError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOB = """
job "j" {
  type = "batch"
  group "g" {
    task "t" {
      driver = "exec"
      config {
        command = "sh"
        args    = ["-c", "trap 'exit 7' USR1; trap 'echo heard' USR2; echo up; while :; do sleep 0.02; done"]
      }
      restart { attempts = 0 }
    }
  }
}
"""


@pytest.fixture
def client(data_dir: Path) -> Iterator[Client]:
    with Client(data_dir=data_dir) as client:
        yield client


async def awaited(data_dir: Path, allocation: str) -> tuple[int, bytes]:
    async with AsyncClient(data_dir=data_dir) as client:
        done = await client.execute(allocation, ["sh", "-c", "cat; exit 3"], stdin=b"awaited")
        await client.signal(allocation, "USR2")
        return done.code, bytes(done.stdout)


def test_a_command_is_run_in_a_task_and_the_task_is_signalled(client: Client, data_dir: Path) -> None:
    heard: list[bytes] = []
    running = client.start(JOB, on_output=lambda _task, _stream, chunk: heard.append(chunk))
    deadline = time.monotonic() + 20
    while not heard:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    allocation = client.allocations()[0].allocation_id

    much = bytes(range(256)) * 1024
    for given in (much, io.BytesIO(much)):
        done = client.execute(allocation, ["sh", "-c", "cat; echo aside >&2; exit 3"], stdin=given)
        assert (done.code, bytes(done.stdout) == much, bytes(done.stderr)) == (3, True, b"aside\n")
    assert client.execute(allocation[:8], ["sleep", "60"], timeout_seconds=0.2).code == 124

    def full(_stream: str, _chunk: bytes) -> None:
        raise OSError(28, "no room")

    with pytest.raises(OSError, match="no room"):
        client.execute(allocation, ["sh", "-c", "while :; do echo much; done"], on_output=full)

    assert asyncio.run(awaited(data_dir, allocation)) == (3, b"awaited")
    while b"heard" not in b"".join(heard):
        assert time.monotonic() < deadline
        time.sleep(0.01)

    with Client(data_dir=data_dir) as other:
        assert bytes(other.execute(allocation, ["pwd"], task="t").stdout) == b"/\n"
        with pytest.raises(RefusedError, match="'no-such' was not found in the task"):
            other.execute(allocation, ["no-such"])
        with pytest.raises(MistakeError, match="no task 'x' runs in"):
            other.signal(allocation, "USR1", task="x")
        other.signal(allocation, "USR1")
    result = running.wait(20)
    assert result is not None
    assert result.code == 7
