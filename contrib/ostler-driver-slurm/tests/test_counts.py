"""However many tasks run, one question is asked for all of them; Slurm's own programs are counted."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from measure import MANY, wait_for_all

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import OpenSlurm

    from ostler.testing import RunningTask


INTERVAL_SECONDS = 0.5


def calls(counted: Path) -> Counter[str]:
    return Counter((counted / "calls").read_text().split())


def stop_together(tasks: list[RunningTask]) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda task: task.stop(20), tasks))


def test_one_question_for_fifty_tasks(open_slurm: OpenSlurm, counted: Path) -> None:
    harness = open_slurm(programs=str(counted), poll_interval=INTERVAL_SECONDS)
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        tasks = list(pool.map(lambda _: harness.run({"script": "sleep 2"}), range(MANY)))
    wait_for_all(harness, tasks)
    found, seconds = calls(counted), time.monotonic() - begun
    assert found["sbatch"] == MANY
    assert found["squeue"] <= seconds / INTERVAL_SECONDS + 2
    assert found["sacct"] == 0


def test_many_stops_at_once_share_their_questions(open_slurm: OpenSlurm, counted: Path) -> None:
    harness = open_slurm(programs=str(counted))
    with ThreadPoolExecutor(8) as pool:
        tasks = list(pool.map(lambda _: harness.run({"script": "exec sleep 60"}), range(20)))
    before, begun = calls(counted)["squeue"], time.monotonic()
    stop_together(tasks)
    asked, seconds = calls(counted)["squeue"] - before, time.monotonic() - begun
    assert asked <= seconds / 0.2 + 2, (asked, seconds)
    assert all(task.end() for task in tasks)


def test_recovering_asks_nothing_for_each_task(open_slurm: OpenSlurm, counted: Path) -> None:
    harness = open_slurm(programs=str(counted))
    with ThreadPoolExecutor(8) as pool:
        tasks = list(pool.map(lambda _: harness.run({"script": "exec sleep 60"}), range(10)))
    harness.leave()
    before = calls(counted)
    harness.open()
    for task in tasks:
        task.recover()
    handles = [task.handle for task in tasks]
    assert list(harness.call(harness.driver.wait, handles, 1.0)) == []
    asked = calls(counted) - before
    assert asked["squeue"] <= 10, asked  # one for the comments of all, then one at each interval
    assert asked["scontrol"] == 0
    stop_together(tasks)


def test_nothing_is_asked_while_nothing_runs(open_slurm: OpenSlurm, counted: Path) -> None:
    harness = open_slurm(programs=str(counted))
    assert harness.run({"script": "true"}).end(25) is not None
    time.sleep(0.5)
    before = calls(counted)
    time.sleep(1.0)
    assert calls(counted) == before
