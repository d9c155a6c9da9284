"""Drivers that are wrong where they look: `fingerprint`, `validate`, `inspect`, `stats` and `doctor`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ostler import hookimpl
from ostler.drivers import Deprecated, Exit, Finding, Fingerprint, Health, Stats, TaskStatus, setting
from tests.testing.wrong.right import Right

if TYPE_CHECKING:
    from ostler.drivers import Task, TaskHandle


@frozen
class Helpless:
    colour: str = setting(help="", default="red")


class SettingWithoutHelp(Right):
    breaks = "test_every_setting_says_what_it_does"
    settings: Any = Helpless

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.HEALTHY)


@frozen
class Overdue:
    colour: str = setting(help="What it looks like.", default="", deprecated=Deprecated("0", "0", "paint"))


class SettingThatShouldBeGone(Right):
    breaks = "test_no_setting_outstays_its_deprecation"
    settings: Any = Overdue

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.HEALTHY)


class SlowFingerprint(Right):
    breaks = "test_the_fingerprint_answers_in_time"
    asked = 0

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        self.asked += 1
        time.sleep(3 if self.asked > 1 else 0)
        return Fingerprint(health=Health.HEALTHY)


class LoudFingerprint(Right):
    breaks = "test_the_fingerprint_leaves_nothing_behind"

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        os.write(1, b"looking ...\n")
        return Fingerprint(health=Health.HEALTHY)


class NoRemedy(Right):
    breaks = "test_what_the_machine_lacks_is_told_with_a_remedy"

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.UNHEALTHY, reason="something is missing")


class ValidatesOnDisk(Right):
    breaks = "test_a_task_is_validated_before_it_has_directories"

    @hookimpl
    def validate(self, task: Task) -> None:
        os.listdir(task.directories.local)  # noqa: PTH208 - raises


class ValidateWrites(Right):
    breaks = "test_validating_starts_and_writes_nothing"

    @hookimpl
    def validate(self, task: Task) -> None:
        if (local := Path(task.directories.local)).exists():
            (local / "validated").touch()


class InspectForgets(Right):
    breaks = "test_inspecting_tells_of_running_and_ended_tasks"

    @hookimpl
    def inspect(self, handle: TaskHandle) -> TaskStatus:
        if self._task(handle).exit:
            raise LookupError
        return TaskStatus(running=True)


class InspectEnds(Right):
    breaks = "test_inspecting_changes_nothing"

    @hookimpl
    def inspect(self, handle: TaskHandle) -> TaskStatus:
        running = self._task(handle).exit is None
        self._task(handle).end(Exit(code=0))
        return TaskStatus(running=running)


class NegativeStats(Right):
    breaks = "test_what_is_measured_is_never_negative"

    @hookimpl
    def stats(self, handle: TaskHandle) -> Stats:
        return super().stats(handle) if handle.state["busy"] else Stats(memory_bytes=-1)


class StatsEnd(Right):
    breaks = "test_measuring_changes_nothing"

    @hookimpl
    def stats(self, handle: TaskHandle) -> Stats:
        if not handle.state["busy"]:
            self._task(handle).end(Exit(code=0))
        return super().stats(handle)


class StatsStandStill(Right):
    breaks = "test_what_a_busy_task_has_used_grows"

    @hookimpl
    def stats(self, handle: TaskHandle) -> Stats:
        return Stats(cpu_user_seconds=1.0, cpu_system_seconds=1.0)


class DoctorWithoutRemedy(Right):
    breaks = "test_the_doctor_knows_a_remedy_for_what_is_not_well"

    @hookimpl
    def doctor(self) -> list[Finding]:
        return [Finding("clock", well=False, found="it stands still")]


class DoctorLeavesFile(Right):
    breaks = "test_the_doctor_leaves_nothing_behind"

    @hookimpl
    def doctor(self) -> list[Finding]:
        (self.folder / "probe").touch()
        return []
