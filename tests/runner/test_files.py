"""Output that goes to files instead of pipes: it is followed, rotated and kept as any other's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler import Client
from ostler.jobs import Logs
from tests.runner.appending import Appending, job

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTE = 1024 * 1024


@pytest.fixture
def client(data_dir: Path) -> Iterator[Client]:
    with Client(data_dir=data_dir, drivers={"appending": Appending}) as opened:
        yield opened


def logs_below(data_dir: Path) -> Path:
    (logs,) = data_dir.glob("alloc/*/alloc/logs")
    return logs


def test_both_streams_arrive_whole_and_apart(client: Client) -> None:
    result = client.run(job("echo out; echo err >&2; exit 3"))
    assert (result.output, result.stderr, result.code) == (b"out\n", b"err\n", 3)


def test_what_comes_last_is_not_cut_off(client: Client) -> None:
    result = client.run(job("head -c 30000000 /dev/zero; echo end"))
    assert (len(result.output), result.output[-4:]) == (30_000_004, b"end\n")


def test_the_next_attempt_goes_on_behind_the_last(client: Client) -> None:
    result = client.run(job("echo again; exit 1", attempts=2))
    assert result.output == b"again\n" * 3


def test_the_logs_are_rotated_and_nothing_else_stays(client: Client, data_dir: Path) -> None:
    wanted = job("head -c 3500000 /dev/zero", logs=Logs(max_files=2, max_file_mb=1))
    client.run(wanted, keep_allocations=1)
    found = {path.name: path.stat().st_size for path in logs_below(data_dir).iterdir()}
    assert found == {"t.stdout.2": MEGABYTE, "t.stdout.3": 3_500_000 - 3 * MEGABYTE, "t.stderr.0": 0}


def test_output_of_a_task_that_outlived_its_host_is_kept_by_the_stop(client: Client, data_dir: Path) -> None:
    gate = data_dir / "gate"
    script = f"head -c 2500000 /dev/zero; until [ -e {gate} ]; do sleep 0.02; done; echo late; exec sleep 60"
    words = [sys.executable, "-m", "tests.runner.appending", str(data_dir), script]
    host = subprocess.Popen(words, cwd=Path(__file__).parents[2])
    until(lambda: any(data_dir.glob("alloc/*/alloc/logs/t.stdout.2")))
    host.send_signal(signal.SIGKILL)
    host.wait()
    gate.touch()
    (orphan,) = client.allocations()
    until(lambda: b"late" in written(data_dir))
    client.stop(orphan.allocation_id)
    kept = b"".join((logs_below(data_dir) / f"t.stdout.{number}").read_bytes() for number in range(3))
    assert kept == bytes(2_500_000) + b"late\n"
    assert not list(logs_below(data_dir).glob(".*"))


def written(data_dir: Path) -> bytes:
    return b"".join(path.read_bytes() for path in logs_below(data_dir).iterdir())


def until(true: object) -> None:
    deadline = time.monotonic() + 15
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may run tasks as somebody else")
def test_the_file_belongs_to_the_user_of_the_task(client: Client) -> None:
    script = 'stat -c %U "$(readlink /proc/$$/fd/1)"'
    plain = job(script)
    (group,) = plain.groups
    (task,) = group.tasks
    group = evolve(group, tasks=(evolve(task, user="nobody"),))
    assert client.run(evolve(plain, groups=(group,))).output == b"nobody\n"
