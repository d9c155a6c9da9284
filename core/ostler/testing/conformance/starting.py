"""The hook `start`, and what holds for all hooks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from ostler.drivers import hookspecs
from ostler.errors import OstlerError
from ostler.testing.act import Act
from ostler.testing.running import RunningTask, from_json, to_json
from ostler.testing.scene import Scene, Surroundings
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness

SIZE: Final = 16


class StartingTests:
    """A start returns a handle, and leaves nothing when it fails."""

    @sentence(hookspecs.start, "It returns once the task runs, not when it ends.")
    def test_a_start_returns_while_the_task_runs(self, harness: DriverHarness, run: Run) -> None:
        """The task still runs when ``start`` has returned."""
        running = run(Act(seconds=harness.patience_seconds / 2))
        assert running.end(0) is None

    @sentence(hookspecs.start, "Start ``task`` and return a handle that survives a restart of the host.")
    def test_a_handle_can_be_written_down_and_read_back(self, harness: DriverHarness, run: Run) -> None:
        """What JSON gives back is the same handle."""
        running = run(Act(seconds=60))
        assert from_json(to_json(running.handle)) == running.handle
        assert running.handle.driver == harness.name

    @sentence(hookspecs.start, "A raise means that nothing was left running")
    def test_a_failed_start_leaves_nothing_running(self, harness: DriverHarness, run: Run) -> None:
        """Let it fail for an output that can't be opened."""
        run(Act()).end()
        running = RunningTask(harness, harness.furnish(run.task(Act(seconds=60))))
        missing = evolve(running.task, stdout_path=f"{harness.directory}/missing/stdout")
        before = Scene.look()
        try:
            handle = harness.call(harness.driver.start, missing)
        except OstlerError:
            assert before.left() == []
            assert missing.id not in harness.processes()
        else:
            harness.call(harness.driver.destroy, handle)
            pytest.skip(f"driver {harness.name!r} does not open `stdout_path` before `start` returns")
        finally:
            running.clear()

    @sentence(
        hookspecs,
        "Hooks of different tasks run at the same time: fifty tasks that start together each have their own "
        "output and their own end.",
    )
    def test_fifty_tasks_start_at_the_same_time(self, harness: DriverHarness, run: Run) -> None:
        """Each writes its own number and ends with it."""
        acts = [Act(stdout=f"{number}", code=number) for number in range(harness.scale.crowd)]
        with ThreadPoolExecutor(SIZE) as pool:
            running = list(pool.map(run, acts))
        ends = [each.end() for each in running]
        assert [end.code if end else None for end in ends] == [act.code for act in acts]
        assert [each.shows(act.stdout) for each, act in zip(running, acts, strict=True)] == [True] * len(acts)

    @sentence(
        hookspecs,
        "A hook may not change ``os.environ``, the working directory, the umask or the signal handlers "
        "of the process.",
    )
    def test_the_process_around_the_driver_stays_as_it_is(self, run: Run) -> None:
        """Compare it before and after a whole life."""
        before = Surroundings.look()
        running = run(Act(seconds=60))
        running.stop()
        running.end()
        running.destroy()
        assert Surroundings.look() == before
