"""Drivers that are wrong where they start a task, or with what it writes or finds."""

from __future__ import annotations

import os
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from ostler import hookimpl
from tests.testing.wrong.right import LONG_SECONDS, Right

if TYPE_CHECKING:
    from ostler.drivers import DriverContext, Task, TaskHandle


class StartWaits(Right):
    breaks = "test_a_start_returns_while_the_task_runs"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        handle = super().start(task)
        if 0.3 < task.config.run_for < LONG_SECONDS:
            self._tasks[task.id].join(5)
        return handle


class HandleOfTuples(Right):
    breaks = "test_a_handle_can_be_written_down_and_read_back"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        handle = super().start(task)
        return evolve(handle, state={**handle.state, "outputs": tuple(handle.state["outputs"])})


class FailedStartLeavesProcess(Right):
    breaks = "test_a_failed_start_leaves_nothing_running"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        try:
            return super().start(task)
        except OSError:
            os.posix_spawn("/bin/sleep", ["sleep", "2"], {})
            raise


class StartsFew(Right):
    breaks = "test_fifty_tasks_start_at_the_same_time"

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.free = threading.Semaphore(12)

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        if not self.free.acquire(blocking=False):
            raise BlockingIOError
        time.sleep(0.2 if task.config.stdout_string.isdecimal() else 0)
        self.free.release()
        return super().start(task)


class ChangesEnvironment(Right):
    breaks = "test_the_process_around_the_driver_stays_as_it_is"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        os.environ["LAST_TASK"] = uuid.uuid4().hex
        return super().start(task)


class ChangesUmask(Right):
    breaks = "test_the_process_around_the_driver_stays_as_it_is"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        os.umask(0o022 if os.umask(0o077) == 0o077 else 0o077)
        return super().start(task)


class MixesOutputs(Right):
    breaks = "test_each_output_goes_where_it_belongs"

    def stdout(self, task: Task) -> str:
        return f"{super().stdout(task)}{task.config.stderr_string}"


class RepeatsOutput(Right):
    breaks = "test_all_output_arrives_in_order"

    def stderr(self, task: Task) -> str:
        return super().stderr(task).replace("\n4711\n", "\n4710\n")


class SwapsOutput(Right):
    breaks = "test_all_output_arrives_in_order"

    def numbers(self, last: int) -> str:
        return super().numbers(last).replace("\n4711\n4712\n", "\n4712\n4711\n")


class TrimsVariables(Right):
    breaks = "test_the_environment_reaches_the_task_as_it_is"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        trimmed = {name: value.strip() for name, value in task.environment.items()}
        return super().start(evolve(task, environment=trimmed))


class LeaksEnvironment(Right):
    breaks = "test_no_other_variable_of_the_host_reaches_the_task"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        return super().start(evolve(task, environment={**os.environ, **task.environment}))


class SecretsReadOnly(Right):
    breaks = "test_the_task_can_write_in_its_directories"

    def write(self, task: Task, name: str) -> None:
        if not name.startswith("secrets"):
            super().write(task, name)


class SecretsForAll(Right):
    breaks = "test_the_secrets_of_a_task_are_private"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        Path(task.directories.secrets).chmod(0o755)
        return super().start(task)


class StartsElsewhere(Right):
    breaks = "test_a_task_starts_in_its_own_directory"

    def stdout(self, task: Task) -> str:
        return super().stdout(task).replace(f"{task.directories.task}\n", "/\n")


class KnowsLatinOnly(Right):
    breaks = "test_a_task_may_have_any_name"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        task.name.encode("latin-1")
        return super().start(task)


class TidiesUp(Right):
    breaks = "test_a_config_may_hold_any_text"

    def stdout(self, task: Task) -> str:
        text = task.config.stdout_string
        return super().stdout(task).replace(text, text.replace("\r", ""))


class ReadsNothing(Right):
    breaks = "test_a_task_reads_its_input"

    def read(self, task: Task) -> str:
        return ""


class MayWriteAnything(Right):
    breaks = "test_a_task_can_do_no_more_to_files_than_its_user"

    def write(self, task: Task, name: str) -> None:
        for each in Path(task.directories.local).iterdir():
            each.chmod(0o644)
        super().write(task, name)
