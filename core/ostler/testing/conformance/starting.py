"""The hook `start`, and what holds for all hooks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from ostler.drivers import Reason, hookspecs, values
from ostler.errors import OstlerError
from ostler.testing.act import Act
from ostler.testing.running import RunningTask, from_json, to_json
from ostler.testing.scene import Scene, Surroundings
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.act import ConfigFor
    from ostler.testing.harness import DriverHarness

AT_ONCE: Final = 5


class StartingTests:
    """A start returns a handle, and leaves nothing when it fails."""

    @sentence(hookspecs.start, "It returns once the task runs, not when it ends.")
    def test_a_start_returns_while_the_task_runs(self, harness: DriverHarness, config: ConfigFor) -> None:
        """The task still runs when ``start`` has returned."""
        running = harness.run(config(Act(seconds=harness.patience_seconds / 2)))
        assert running.end(0) is None

    @sentence(hookspecs.start, "Start ``task`` and return a handle that survives a restart of the host.")
    def test_a_handle_can_be_written_down_and_read_back(
        self, harness: DriverHarness, config: ConfigFor
    ) -> None:
        """What JSON gives back is the same handle."""
        running = harness.run(config(Act(seconds=60)))
        assert from_json(to_json(running.handle)) == running.handle
        assert running.handle.driver == harness.name

    @sentence(hookspecs.start, "A raise means that nothing was left running")
    def test_a_failed_start_leaves_nothing_running(self, harness: DriverHarness, config: ConfigFor) -> None:
        """Let it fail for an output that can't be opened."""
        harness.run(config(Act())).end()
        running = RunningTask(harness, harness.furnish(harness.task(config(Act(seconds=60)))))
        missing = evolve(running.task, stdout_path=f"{harness.directory}/missing/stdout")
        before = Scene.look()
        try:
            handle = harness.call(harness.driver.start, missing)
        except OstlerError:
            assert before.added(Scene.look()) == []
        else:
            harness.call(harness.driver.destroy, handle)
            pytest.skip(f"driver {harness.name!r} starts a task whose output can't be opened")
        finally:
            running.clear()

    @sentence(hookspecs, "Hooks of different tasks run at the same time")
    def test_tasks_start_at_the_same_time(self, harness: DriverHarness, config: ConfigFor) -> None:
        """Start a few at once; each ends with its own code."""
        acts = [Act(code=code) for code in range(AT_ONCE)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            running = list(pool.map(lambda act: harness.run(config(act)), acts))
        ends = [each.end() for each in running]
        assert [end.code if end else None for end in ends] == list(range(AT_ONCE))

    @sentence(
        hookspecs,
        "A hook may not change ``os.environ``, the working directory, the umask or the signal handlers "
        "of the process.",
    )
    def test_the_process_around_the_driver_stays_as_it_is(
        self, harness: DriverHarness, config: ConfigFor
    ) -> None:
        """Compare it before and after a whole life."""
        before = Surroundings.look()
        running = harness.run(config(Act(seconds=60)))
        running.stop()
        running.end()
        running.destroy()
        assert Surroundings.look() == before

    @sentence(values.Task, "are opened for writing by whoever writes the task's output")
    def test_each_output_goes_where_it_belongs(self, harness: DriverHarness, config: ConfigFor) -> None:
        """Both streams arrive whole and apart."""
        running = harness.run(config(Act(stdout="out 1\nout 2\n", stderr="err\n")))
        assert running.stdout.shows(b"out 1\nout 2\n", harness.patience_seconds)
        assert running.stderr.shows(b"err\n", harness.patience_seconds)

    @sentence(
        values.TaskHandle,
        "Either ``process`` names a process of Ostler's executor, and then the core watches it; or the "
        "driver implements ``wait``.",
    )
    def test_the_end_is_learnt_with_its_code(self, harness: DriverHarness, config: ConfigFor) -> None:
        """A task that ends by itself tells its own code."""
        end = harness.run(config(Act(code=7))).end()
        assert end is not None
        assert (end.code, end.signal, end.reason) == (7, 0, Reason.EXITED)
