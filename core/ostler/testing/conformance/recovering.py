"""Hooks of a host that starts again: `recover` and `sweep`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ostler.drivers import Exit, hookspecs
from ostler.testing.act import Act
from ostler.testing.killed import start_in_killed_host
from ostler.testing.running import to_json
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness


class RecoveringTests:
    """Tasks outlive their host."""

    @sentence(
        hookspecs.recover,
        "Find again the task of a handle that an earlier process of the host was given, however that ended.",
    )
    def test_the_tasks_of_a_killed_host_are_found_again(self, harness: DriverHarness, run: Run) -> None:
        """Of two tasks, one still runs and can be stopped; the end of the other is told."""
        long, short = run.prepare(Act(seconds=60)), run.prepare(Act(seconds=harness.moment_seconds, code=6))
        start_in_killed_host(harness, [long, short])
        short.output_closed()
        time.sleep(harness.moment_seconds)
        for running in (long, short):
            running.recover()
        end = short.end()
        assert (end and end.code, long.end(0)) == (6, None)
        long.stop()
        assert long.end() is not None

    @sentence(hookspecs.recover, "For a task that the driver still knows it changes nothing.")
    def test_recovering_what_is_known_changes_nothing(self, harness: DriverHarness, run: Run) -> None:
        """The handle stays the same, and the task goes on."""
        running = run(Act(seconds=60))
        written = to_json(running.handle)
        running.recover()
        assert to_json(running.handle) == written
        assert running.end(harness.moment_seconds) is None

    @sentence(
        hookspecs.recover, "A task that ended meanwhile is recovered too, and its end told by ``wait``."
    )
    def test_an_end_without_a_host_is_told_later(self, harness: DriverHarness, run: Run) -> None:
        """It ends while nobody is there."""
        running = run(Act(seconds=harness.moment_seconds, code=6))
        harness.leave()
        time.sleep(2 * harness.moment_seconds)
        harness.open()
        running.recover()
        end = running.end()
        assert end is not None
        assert end.code == 6  # noqa: PLR2004 - the code of the act

    @sentence(
        hookspecs.explain,
        "The hook changes nothing: asked again, by another process of the host too, it answers the same.",
    )
    def test_an_end_is_explained_the_same_by_the_next_host(self, harness: DriverHarness, run: Run) -> None:
        """Ask twice, and once more after the host changed."""
        running, seen = run(Act(code=8)), Exit(code=8)
        running.end()
        first, second = running.explained(seen), running.explained(seen)
        harness.reopen()
        running.recover()
        assert [second, running.explained(seen)] == [first, first]

    @sentence(hookspecs.sweep, "It touches nothing of the ``known`` handles")
    def test_sweeping_leaves_known_tasks_alone(self, harness: DriverHarness, run: Run) -> None:
        """The task goes on."""
        running = run(Act(seconds=60))
        harness.call(harness.driver.sweep, [running.handle])
        assert running.end(harness.moment_seconds) is None

    @sentence(
        hookspecs.sweep,
        "End and remove what this driver left on the machine and no handle knows any more.",
    )
    def test_sweeping_ends_what_no_handle_knows(self, harness: DriverHarness, run: Run) -> None:
        """Nobody holds the output of a killed host's task any more."""
        running = run.prepare(Act(seconds=60))
        start_in_killed_host(harness, [running])
        harness.call(harness.driver.sweep, [])
        assert running.output_closed()
