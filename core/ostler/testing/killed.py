"""A host that is killed: a process that opens a driver, starts tasks, tells their handles, and waits for it.

Run as ``python -m ostler.testing.killed``, with its `Order`, pickled, on stdin; each line of its stdout is
the handle of one task.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ostler.drivers import Located, Task
from ostler.executor import Executor
from ostler.testing.running import from_json, to_json
from ostler.testing.scale import Scale
from ostler.testing.supervision import KeptExecutor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.testing.harness import DriverHarness
    from ostler.testing.running import RunningTask


@frozen(kw_only=True)
class Order:
    """What the other process needs to start the tasks as this one would."""

    driver: str | type[Any]
    settings: Located
    directory: Path
    executor_directory: Path
    scale: Scale
    tasks: tuple[Task, ...]


def start_in_killed_host(harness: DriverHarness, tasks: Sequence[RunningTask]) -> None:
    """Start prepared tasks in another process, kill it, and open the driver anew in this one."""
    order = pickle.dumps(_order(harness, tasks))
    harness.leave()
    try:
        handles = _told_before_death(order, len(tasks))
    finally:
        harness.open()
    for running, line in zip(tasks, handles, strict=True):
        running.adopt(from_json(line))


def _order(harness: DriverHarness, tasks: Sequence[RunningTask]) -> Order:
    driver = harness.target
    if not isinstance(driver, str) and (driver.__module__ == "__main__" or "<" in driver.__qualname__):
        import pytest

        pytest.skip(f"driver {harness.name!r} is a class that no other process can import")
    return Order(
        driver=driver,
        settings=harness.settings,
        directory=harness.directory,
        executor_directory=harness.executor_directory,
        scale=harness.scale,
        tasks=tuple(each.task for each in tasks),
    )


def _told_before_death(order: bytes, count: int) -> list[str]:
    host = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    with host:
        assert host.stdin
        assert host.stdout
        try:
            host.stdin.write(order)
            host.stdin.flush()
            lines = [host.stdout.readline().decode() for _ in range(count)]
        finally:
            host.kill()
    assert all(lines), "the other host could not start the tasks; it says why on stderr"
    return lines


def main() -> None:
    """Be the host."""
    from ostler.testing.harness import DriverHarness

    order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the test that started this process
    harness = DriverHarness(
        order.driver,
        order.directory,
        settings=order.settings,
        scale=order.scale,
        kept=KeptExecutor(Executor(order.executor_directory), order.executor_directory),
    )
    for task in order.tasks:
        print(to_json(harness.call(harness.driver.start, task)), flush=True)  # noqa: T201 - its answer
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
