"""Allocations that a dead host left, as an embedder looks at them and ends them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ostler import Client, hookimpl
from ostler.errors import DriverError
from ostler.runner.standings import Standing
from tests.client import lingering
from tests.client.lingering import Bare, Lingering, TellsHandles

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

ROOT = Path(__file__).parents[2]


class FailsToDecide:
    @hookimpl(wrapper=True)
    def stop(self) -> Generator[None, Any, Any]:
        msg = "no rules"
        raise KeyError(msg)
        yield


@pytest.fixture
def left(data_dir: Path) -> str:
    """Have a host start a task and die; give the id of its allocation."""
    return leave(data_dir, Lingering)


def leave(data_dir: Path, kind: type[Any]) -> str:
    words = [sys.executable, "-m", lingering.__name__, str(data_dir), kind.__name__, "running"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        assert b"Started\n" in iter(host.stdout.readline, b"")
        os.kill(host.pid, signal.SIGKILL)
    (records,) = data_dir.glob("client/*")
    return records.name


@pytest.mark.parametrize("end", [Client.stop, Client.forget])
def test_a_task_is_recovered_once_and_ended_by_the_handle_that_its_driver_gave(
    data_dir: Path, left: str, end: Callable[[Client, str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(TellsHandles, "told", told)
    with Client(data_dir=data_dir, drivers={"lingering": TellsHandles}) as client:
        client.allocations()
        end(client, left)
    looked = "wait recovered"
    assert told == ["recover", looked, looked, "stop recovered", "destroy recovered"]


def test_a_policy_that_fails_to_decide_lets_nothing_be_forgotten(data_dir: Path, left: str) -> None:
    drivers = {"lingering": Lingering}
    with (
        Client(data_dir=data_dir, drivers=drivers, policies={"strict": FailsToDecide()}) as client,
        pytest.raises(DriverError, match="policy 'strict' broke stop"),
    ):
        client.forget(left)
    with Client(data_dir=data_dir, drivers=drivers) as client:
        assert [each.allocation_id for each in client.allocations()] == [left]
        client.stop(left)


def test_what_a_task_put_where_its_spool_was_keeps_nobody_from_ending_it(
    data_dir: Path, left: str, caplog: pytest.LogCaptureFixture
) -> None:
    spool = data_dir / "alloc" / left / "alloc" / "logs" / ".t.stdout.spool"
    spool.mkdir()
    with Client(data_dir=data_dir, drivers={"lingering": Lingering}) as client:
        client.stop(left)
        assert client.allocations() == []
    assert f"{spool}: what was not read of it stays there: " in caplog.text


def test_a_process_has_ended_though_its_driver_implements_nothing_that_tells(data_dir: Path) -> None:
    left = leave(data_dir, Bare)
    with Client(data_dir=data_dir, drivers={"lingering": Bare}) as client:
        time.sleep(1)
        (standing,) = client.allocations()
        assert [each.standing for each in standing.tasks] == [Standing.ENDED]
        client.forget(left)
