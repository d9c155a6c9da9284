"""The hook `stop`."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from ostler.drivers import hookspecs
from ostler.errors import OstlerError
from ostler.testing.act import Act
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness


class StoppingTests:
    """A stop ends the task, all of it, whenever it is asked for."""

    @sentence(hookspecs.stop, "Stop the task, first politely")
    def test_a_polite_stop_does_not_wait_for_the_grace_to_end(self, harness: DriverHarness, run: Run) -> None:
        """A task that obeys is gone long before the grace is over."""
        running, grace = run(Act(seconds=60)), harness.patience_seconds * 0.9
        started = time.monotonic()
        running.stop(grace)
        assert time.monotonic() - started < grace / 2
        assert running.end() is not None

    @sentence(hookspecs.stop, "then by force once the grace period ends")
    def test_a_deaf_task_is_stopped_by_force(self, harness: DriverHarness, run: Run) -> None:
        """A task that does not obey is gone too."""
        running = run(Act(seconds=60, deaf=True))
        running.stop(harness.moment_seconds)
        assert running.end() is not None

    @sentence(hookspecs.stop, "It returns when every process of the task is gone.")
    def test_after_a_stop_no_process_is_left(self, harness: DriverHarness, run: Run) -> None:
        """Nobody holds the output any more, not even orphans in sessions of their own."""
        running = run(Act(seconds=60, child=True))
        running.stop(harness.moment_seconds)
        assert running.output_closed()

    @sentence(hookspecs.stop, "Stopping a task that has already ended is a success.")
    def test_stopping_what_has_ended_succeeds(self, run: Run) -> None:
        """It ended by itself, with its own code."""
        running = run(Act(code=5))
        end = running.end()
        running.stop()
        assert end is not None
        assert end.code == 5  # noqa: PLR2004 - the code of the act

    @sentence(hookspecs.stop, "Called at any time after ``start`` returned, also twice")
    def test_stopping_twice_at_once_succeeds(self, harness: DriverHarness, run: Run) -> None:
        """Two stops of one task overlap."""
        running = run(Act(seconds=60))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(running.stop, [harness.moment_seconds, harness.moment_seconds]))
        assert running.end() is not None

    @sentence(hookspecs.stop, "and at once with other hooks of the task")
    def test_a_stop_comes_at_once_with_other_hooks(self, harness: DriverHarness, run: Run) -> None:
        """The moment a task has started it is waited for, looked at and stopped."""
        running, stopped = run(Act(seconds=60)), threading.Event()

        def look() -> None:
            while harness.driver.implements("inspect") and not stopped.is_set():
                with suppress(OstlerError):  # another test asks for the answer
                    harness.call(harness.driver.inspect, running.handle)

        with ThreadPoolExecutor(2) as pool:
            pool.submit(look)
            pool.submit(running.end)
            try:
                running.stop(harness.moment_seconds)
            finally:
                stopped.set()
        assert running.end() is not None
