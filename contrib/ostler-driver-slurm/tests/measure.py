"""Print what the driver costs on a Slurm of one node: ``python tests/measure.py``."""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from single_node import SCALE, SingleNode, counting, until

from ostler.testing import DriverHarness

if TYPE_CHECKING:
    from ostler.testing import RunningTask

MANY = 50
SECONDS = "start returns {:.3f} s, the task writes {:.2f} s after the call (median of {})\n"
CALLS = "{} tasks of 2 s at once: handed in within {:.1f} s, all ends told {:.1f} s later; calls: {}\n"


def one_by_one(harness: DriverHarness, count: int = 9) -> str:
    """Measure how long it takes until a task runs."""
    returned, ran = [], []
    for _ in range(count):
        begun = time.monotonic()
        task = harness.run({"script": "echo runs"})
        returned.append(time.monotonic() - begun)
        until(lambda task=task: task.stdout.content)  # type: ignore[misc]
        ran.append(time.monotonic() - begun)
        task.end(30)
    return SECONDS.format(statistics.median(returned), statistics.median(ran), count)


def at_once(harness: DriverHarness, calls: Path) -> str:
    """Count what is asked of Slurm for many tasks."""
    begun, before = time.monotonic(), Counter(calls.read_text().split())
    with ThreadPoolExecutor(8) as pool:
        tasks = list(pool.map(lambda _: harness.run({"script": "sleep 2"}), range(MANY)))
    handed_in = time.monotonic()
    wait_for_all(harness, tasks)
    found = Counter(calls.read_text().split()) - before
    return CALLS.format(MANY, handed_in - begun, time.monotonic() - handed_in, dict(found))


def wait_for_all(harness: DriverHarness, tasks: list[RunningTask]) -> None:
    """Wait as the core does, with all handles in each call."""
    left = {task.task.id: task for task in tasks}
    while left:
        for ended in harness.call(harness.driver.wait, [task.handle for task in left.values()], 1.0):
            del left[ended.task_id]


def main() -> None:
    """Start a cluster, measure, and end it."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    cluster = SingleNode(folder)
    try:
        cluster.start()
        programs = counting(folder)
        settings = {"slurm_conf": str(cluster.conf), "programs": str(programs), "poll_interval": 0.5}
        with DriverHarness("slurm", folder / "ostler", settings=settings, scale=SCALE) as harness:
            sys.stdout.write(one_by_one(harness))
            sys.stdout.write(at_once(harness, programs / "calls"))
    finally:
        cluster.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
