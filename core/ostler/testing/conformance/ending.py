"""Hooks that end things: `destroy` and `close`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import hookspecs
from ostler.errors import OstlerError
from ostler.testing.act import Act
from ostler.testing.scene import Scene
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness


class EndingTests:
    """Nothing of a task stays once it is forgotten, nothing of a driver once it is closed."""

    @sentence(hookspecs.destroy, "A task that still runs is ended by force first.")
    def test_destroying_ends_a_running_task(self, run: Run) -> None:
        """Nobody holds its output any more."""
        running = run(Act(seconds=60, deaf=True))
        running.destroy()
        assert running.output_closed()

    @sentence(hookspecs.destroy, "Forget the task and remove what the driver kept of it.")
    def test_destroying_leaves_no_file(self, harness: DriverHarness, run: Run) -> None:
        """Compare what is there after one life and after another."""
        places = (harness.state_directory, harness.executor_directory)
        live(run)
        before = Scene.inside(*places)
        live(run)
        assert sorted(Scene.inside(*places).files - before.files) == []

    @sentence(
        hookspecs.close,
        "End what the driver holds in this process: threads, connections, files, helpers.",
    )
    def test_closing_leaves_no_thread_and_no_open_file(self, harness: DriverHarness, run: Run) -> None:
        """Compare what is there before the driver was opened and after it was closed."""
        running = run(Act(seconds=60))
        harness.leave()
        running.stdout.close()
        running.stderr.close()
        left = harness.before.added(Scene.inside())
        harness.open()
        with suppress(OstlerError):
            running.recover()
        assert left == []

    @sentence(hookspecs.close, "Once no task runs, no process of the driver is left after it.")
    def test_closing_after_a_whole_life_leaves_no_process(self, harness: DriverHarness, run: Run) -> None:
        """Compare what is there before the driver was opened and after it was closed."""
        live(run)
        harness.leave()
        left = Scene.look().processes - harness.before.processes
        harness.open()
        assert sorted(left) == []

    @sentence(hookspecs.close, "Tasks go on.")
    def test_a_task_outlives_its_driver(self, harness: DriverHarness, run: Run) -> None:
        """It still runs when the driver is opened again, and can be stopped."""
        if not harness.driver.implements("recover"):
            pytest.skip(f"driver {harness.name!r} does not implement the hook `recover`")
        running = run(Act(seconds=60))
        harness.reopen()
        running.recover()
        assert running.end(harness.moment_seconds) is None
        running.stop()
        assert running.end() is not None


def live(run: Run) -> None:
    """Let a task live from its start until nothing is left to be known of it."""
    running = run(Act())
    running.end()
    running.destroy()
