"""However many tasks run, one question is asked for all of them; Slurm's own programs are counted."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from single_node import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from conftest import OpenSlurm

    from ostler.testing import RunningTask

MANY = 50
INTERVAL_SECONDS = 0.5


def calls(counted: Path) -> Counter[str]:
    return Counter((counted / "calls").read_text().split())


def wait_for_all(tasks: list[RunningTask]) -> float:
    """Wait as the core does, with all handles in each call; give the seconds it took."""
    harness = tasks[0]._harness  # noqa: SLF001 - the kit's own task knows it
    begun, left = time.monotonic(), {task.task.id: task for task in tasks}
    while left:
        handles = [task.handle for task in left.values()]
        for ended in harness.call(harness.driver.wait, handles, 1.0):
            assert ended.exit.successful
            del left[ended.task_id]
    return time.monotonic() - begun


def test_one_question_for_fifty_tasks(
    open_slurm: OpenSlurm, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harness = open_slurm(programs=str(counted), poll_interval=INTERVAL_SECONDS)
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        tasks = list(pool.map(lambda _: harness.run({"script": "sleep 2"}), range(MANY)))
    submitted = time.monotonic() - begun
    waited = wait_for_all(tasks)
    found = calls(counted)
    with capsys.disabled():
        print(
            f"\n{MANY} tasks: submitted in {submitted:.1f} s, all ended {waited:.1f} s later, {dict(found)}"
        )
    assert found["sbatch"] == MANY
    assert found["squeue"] <= (submitted + waited) / INTERVAL_SECONDS + 2
    assert found["sacct"] == 0


def test_fifty_stops_at_once_share_their_questions(open_slurm: OpenSlurm, counted: Path) -> None:
    harness = open_slurm(programs=str(counted))
    with ThreadPoolExecutor(8) as pool:
        tasks = list(pool.map(lambda _: harness.run({"script": "exec sleep 60"}), range(20)))
    before, begun = calls(counted)["squeue"], time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda task: task.stop(20), tasks))
    asked, seconds = calls(counted)["squeue"] - before, time.monotonic() - begun
    assert asked <= seconds / 0.2 + 2, (asked, seconds)
    wait_for = [task.end() for task in tasks]
    assert all(wait_for)


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


def test_nothing_is_asked_while_nothing_runs(open_slurm: OpenSlurm, counted: Path) -> None:
    harness = open_slurm(programs=str(counted))
    assert harness.run({"script": "true"}).end(25) is not None
    time.sleep(0.5)
    before = calls(counted)
    time.sleep(1.0)
    assert calls(counted) == before


def test_a_task_soon_runs(open_slurm: OpenSlurm, capsys: pytest.CaptureFixture[str]) -> None:
    harness, taken = open_slurm(), []
    for _ in range(5):
        begun = time.monotonic()
        task = harness.run({"script": "echo runs"})
        handed_in = time.monotonic() - begun
        until(lambda task=task: task.stdout.content)  # type: ignore[misc]
        taken.append((handed_in, time.monotonic() - begun))
        assert task.end(25) is not None
    with capsys.disabled():
        print("\nstart returns, task writes (s):", " ".join(f"{a:.3f}/{b:.2f}" for a, b in sorted(taken)))
    assert min(written for _, written in taken) < 10  # noqa: PLR2004 - far above what it takes
