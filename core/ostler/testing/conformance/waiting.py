"""The hook `wait`, for drivers whose tasks are no processes of Ostler's executor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import Reason, hookspecs
from ostler.testing.act import Act
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness
    from ostler.testing.running import RunningTask


def watched(harness: DriverHarness, running: RunningTask) -> RunningTask:
    """Skip the test of a task whose end the driver itself does not tell."""
    if running.handle.process is not None:
        pytest.skip(f"driver {harness.name!r} names a `process` in its handles, which the executor watches")
    return running


class WaitingTests:
    """One call waits for all."""

    @sentence(hookspecs.wait, "Return the ends of those of ``handles`` that have ended.")
    def test_only_what_has_ended_is_told(self, harness: DriverHarness, run: Run) -> None:
        """Of two tasks one ends."""
        long, short = watched(harness, run(Act(seconds=60))), run(Act(code=3))
        timeout = harness.patience_seconds * 0.9
        ends = harness.call(harness.driver.wait, [long.handle, short.handle], timeout)
        assert [(ended.task_id, ended.exit.code) for ended in ends] == [(short.task.id, 3)]

    @sentence(
        hookspecs.wait,
        "It returns as soon as one has ended, and after ``timeout_seconds`` with what there is, which may "
        "be nothing.",
    )
    def test_waiting_lasts_until_an_end_or_the_timeout(self, harness: DriverHarness, run: Run) -> None:
        """Wait a moment for nothing, then long for an end that is there."""
        long, short = watched(harness, run(Act(seconds=60))), run(Act())
        assert list(harness.call(harness.driver.wait, [long.handle], harness.moment_seconds)) == []
        started, timeout = time.monotonic(), harness.patience_seconds * 0.9
        assert harness.call(harness.driver.wait, [long.handle, short.handle], timeout)
        assert time.monotonic() - started < timeout / 2

    @sentence(hookspecs.wait, "An end is told again for as long as its handle is among ``handles``.")
    def test_an_end_is_told_again(self, harness: DriverHarness, run: Run) -> None:
        """Ask twice."""
        running = watched(harness, run(Act(code=4)))
        running.end()
        ends = harness.call(harness.driver.wait, [running.handle], harness.moment_seconds)
        assert [ended.exit.code for ended in ends] == [4]

    @sentence(hookspecs.wait, "A task that can't be found any more has ended with the reason ``lost``.")
    def test_a_task_that_is_gone_is_lost(self, harness: DriverHarness, run: Run) -> None:
        """Ask for one that the driver was told to forget."""
        running = watched(harness, run(Act(seconds=60)))
        running.destroy()
        ends = harness.call(harness.driver.wait, [running.handle], harness.moment_seconds)
        assert [ended.exit.reason for ended in ends] == [Reason.LOST]
