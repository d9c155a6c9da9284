"""Hooks that look: `fingerprint`, `validate`, `inspect`, `stats` and `doctor`, and what is declared."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import attrs
import pytest

from ostler.drivers import Health, fields, hookspecs
from ostler.testing.act import Act
from ostler.testing.scene import Scene
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness
    from ostler.testing.running import RunningTask

BUSY_SECONDS: Final = 0.05


class LookingTests:
    """They look and change nothing."""

    @sentence(fields.setting, "it must say in ``help`` what it does")
    def test_every_setting_says_what_it_does(self, harness: DriverHarness) -> None:
        """Fields of both settings classes have a help text."""
        classes = [harness.catalog.load(harness.name).settings, harness.driver.task_settings]
        declared = [(each.__name__, field) for each in classes for field in attrs.fields(each)]
        assert [f"{name}.{field.name}" for name, field in declared if not fields.declared(field).help] == []

    @sentence(
        hookspecs.fingerprint,
        "Called before the first task and whenever the node is shown, with a deadline of 10 seconds each "
        "time.",
    )
    def test_the_fingerprint_answers_in_time(self, harness: DriverHarness) -> None:
        """A call that misses the deadline raises."""
        for _ in range(2):
            harness.call(harness.driver.fingerprint)

    @sentence(
        hookspecs.fingerprint,
        "It looks and changes nothing: no output, no process, file or thread stays behind.",
    )
    def test_the_fingerprint_leaves_nothing_behind(
        self, harness: DriverHarness, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Compare what is there before and after."""
        harness.call(lambda: None)
        before = Scene.look(harness.state_directory)
        harness.call(harness.driver.fingerprint)
        assert before.left(harness.state_directory) == []
        assert capfd.readouterr() == ("", "")

    @sentence(
        hookspecs.fingerprint,
        "A machine that lacks something is an answer (undetected or unhealthy, with reason and remedy), "
        "not an exception.",
    )
    def test_what_the_machine_lacks_is_told_with_a_remedy(self, harness: DriverHarness) -> None:
        """A driver that can't run here says why, and what would mend it."""
        found = harness.call(harness.driver.fingerprint)
        assert found.health is Health.HEALTHY or (found.reason and found.remedy)

    @sentence(hookspecs.validate, "the task's directories may not exist yet")
    def test_a_task_is_validated_before_it_has_directories(self, harness: DriverHarness, run: Run) -> None:
        """Only `furnish` makes them."""
        harness.call(harness.driver.validate, run.task(Act()))

    @sentence(hookspecs.validate, "It starts nothing and writes nothing.")
    def test_validating_starts_and_writes_nothing(
        self, harness: DriverHarness, run: Run, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Compare what is there before and after."""
        task = harness.furnish(run.task(Act()))
        before = Scene.look(harness.directory)
        capfd.readouterr()
        harness.call(harness.driver.validate, task)
        assert before.left(harness.directory) == []
        assert capfd.readouterr() == ("", "")

    @sentence(hookspecs.inspect, "Say what is known of the task, ended ones too, until ``destroy``.")
    def test_inspecting_tells_of_running_and_ended_tasks(self, harness: DriverHarness, run: Run) -> None:
        """Look at one task while it runs and after its end."""
        running = run(Act(seconds=60))
        assert harness.call(harness.driver.inspect, running.handle).running
        running.stop()
        running.end()
        assert not harness.call(harness.driver.inspect, running.handle).running

    @sentence(hookspecs.inspect, "It changes nothing.")
    def test_inspecting_changes_nothing(self, harness: DriverHarness, run: Run) -> None:
        """The task goes on."""
        running = run(Act(seconds=60))
        before = Scene.look(harness.state_directory)
        harness.call(harness.driver.inspect, running.handle)
        assert running.end(harness.moment_seconds) is None
        assert before.left(harness.state_directory) == []

    @sentence(hookspecs.stats, "what is not known is None")
    def test_what_is_measured_is_never_negative(self, harness: DriverHarness, run: Run) -> None:
        """A number stands for a measure, None for none."""
        running = run(Act(seconds=60))
        found = attrs.asdict(harness.call(harness.driver.stats, running.handle))
        assert [name for name, number in found.items() if number is not None and number < 0] == []

    @sentence(hookspecs.stats, "What a task has used is counted from its start and never falls.")
    def test_what_a_busy_task_has_used_grows(self, harness: DriverHarness, run: Run) -> None:
        """Its processor time does."""
        running = run(Act(busy=True))
        used = [processor_seconds(harness, running)]
        deadline = time.monotonic() + harness.patience_seconds
        while used[-1] < used[0] + BUSY_SECONDS and time.monotonic() < deadline:
            time.sleep(0.02)
            used.append(processor_seconds(harness, running))
        assert used[-1] >= used[0] + BUSY_SECONDS
        assert used == sorted(used)

    @sentence(hookspecs.stats, "It changes nothing.")
    def test_measuring_changes_nothing(self, harness: DriverHarness, run: Run) -> None:
        """The task goes on."""
        running = run(Act(seconds=60))
        before = Scene.look(harness.state_directory)
        harness.call(harness.driver.stats, running.handle)
        assert running.end(harness.moment_seconds) is None
        assert before.left(harness.state_directory) == []

    @sentence(hookspecs.doctor, "what would mend the rest")
    def test_the_doctor_knows_a_remedy_for_what_is_not_well(self, harness: DriverHarness) -> None:
        """Each finding that is not well has one."""
        findings = harness.call(harness.driver.doctor)
        assert [finding.name for finding in findings if not finding.well and not finding.remedy] == []

    @sentence(hookspecs.doctor, "It leaves nothing behind.")
    def test_the_doctor_leaves_nothing_behind(self, harness: DriverHarness) -> None:
        """Compare what is there before and after."""
        harness.call(lambda: None)
        before = Scene.look(harness.directory)
        harness.call(harness.driver.doctor)
        assert before.left(harness.directory) == []


def processor_seconds(harness: DriverHarness, running: RunningTask) -> float:
    """Measure the processor time of a task; skip the test where the driver doesn't know it."""
    found = harness.call(harness.driver.stats, running.handle)
    if found.cpu_user_seconds is None or found.cpu_system_seconds is None:
        pytest.skip(f"driver {harness.name!r} leaves `cpu_user_seconds` or `cpu_system_seconds` None")
    return found.cpu_user_seconds + found.cpu_system_seconds
