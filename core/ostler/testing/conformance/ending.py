"""Hooks that end things: `destroy` and `close`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ostler.drivers import hookspecs
from ostler.errors import OstlerError
from ostler.testing.act import Act
from ostler.testing.scene import Scene
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.act import ConfigFor
    from ostler.testing.harness import DriverHarness


class EndingTests:
    """Nothing of a task stays once it is forgotten, nothing of a driver once it is closed."""

    @sentence(hookspecs.destroy, "A task that still runs is ended by force first.")
    def test_destroying_ends_a_running_task(self, harness: DriverHarness, config: ConfigFor) -> None:
        """Nobody holds its output any more."""
        running = harness.run(config(Act(seconds=60, deaf=True)))
        running.destroy()
        assert running.output_closed()

    @sentence(hookspecs.destroy, "Forget the task and remove what the driver kept of it.")
    def test_destroying_leaves_no_file(self, harness: DriverHarness, config: ConfigFor) -> None:
        """Compare what is there before and after a whole life."""
        before = Scene.inside(harness.state_directory)
        running = harness.run(config(Act()))
        running.end()
        running.destroy()
        assert before.files == Scene.inside(harness.state_directory).files

    @sentence(
        hookspecs.close,
        "End what the driver holds in this process: threads, connections, files.",
    )
    def test_closing_leaves_no_thread_and_no_open_file(
        self, harness: DriverHarness, config: ConfigFor
    ) -> None:
        """Compare what is there before the driver was opened and after it was closed."""
        running = harness.run(config(Act(seconds=60)))
        harness.leave()
        running.stdout.close()
        running.stderr.close()
        left = harness.before.added(Scene.inside())
        harness.open()
        with suppress(OstlerError):
            running.recover()
        assert left == []
