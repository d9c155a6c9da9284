"""Drivers that are wrong where a host starts again: `recover` and `sweep`."""

from __future__ import annotations

import os
import signal as signals
import time
from typing import TYPE_CHECKING, ClassVar

from attrs import evolve

from ostler import hookimpl
from tests.testing.wrong.right import LONG_SECONDS, Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext, Exit, StopRequest, Task, TaskHandle


class Remembers(Right):
    """Knows which tasks this very process has started."""

    started: ClassVar[set[str]] = set()

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.started.add(task.id)
        return super().start(task)


class RecoversItsOwnOnly(Remembers):
    breaks = "test_the_tasks_of_a_killed_host_are_found_again"

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        if handle.task_id not in self.started:
            raise LookupError
        return super().recover(handle)


class RecoverChanges(Right):
    breaks = "test_recovering_what_is_known_changes_nothing"

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        if handle.task_id in self._tasks:
            return evolve(handle, attributes={"recovered": "twice"})
        return super().recover(handle)


class RecoverForgets(Remembers):
    breaks = "test_an_end_without_a_host_is_told_later"

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        over = time.time() > handle.state["started"] + handle.state["config"]["run_for"]
        if over and handle.task_id in self.started and handle.state["config"]["run_for"]:
            raise LookupError
        return super().recover(handle)


class ExplainsOnce(Right):
    breaks = "test_an_end_is_explained_the_same_by_the_next_host"

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.explained: set[str] = set()

    @hookimpl
    def explain(self, handle: TaskHandle, end: Exit) -> Exit | None:
        if handle.task_id in self.explained:
            return None
        self.explained.add(handle.task_id)
        return super().explain(handle, end)


class SweepsAll(Right):
    breaks = "test_sweeping_leaves_known_tasks_alone"

    @hookimpl
    def sweep(self, known: Sequence[TaskHandle]) -> None:
        super().sweep([])


class SweepsNothing(Right):
    """Has a real process beside each long task, which outlives its host."""

    breaks = "test_sweeping_ends_what_no_handle_knows"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        handle = super().start(task)
        if task.config.run_for < LONG_SECONDS:
            return handle
        output = [(os.POSIX_SPAWN_OPEN, 1, task.stdout_path, os.O_WRONLY, 0)]
        pid = os.posix_spawn("/bin/sleep", ["sleep", str(LONG_SECONDS)], {}, file_actions=output)
        return evolve(handle, state={**handle.state, "pid": pid})

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        super().stop(handle, request)
        self.end_process(handle)

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        super().destroy(handle)
        self.end_process(handle)

    @hookimpl
    def sweep(self, known: Sequence[TaskHandle]) -> None:
        """Leave the processes as they are."""

    def end_process(self, handle: TaskHandle) -> None:
        try:
            os.kill(handle.state.get("pid", 0) or 1 << 30, signals.SIGKILL)
            os.waitpid(handle.state["pid"], 0)
        except (ProcessLookupError, ChildProcessError, OverflowError):
            return
