"""Drivers that are wrong where they reach into a task, `signal` and `execute`, or with its limits."""

from __future__ import annotations

import os
import signal as signals
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from ostler import hookimpl
from ostler.drivers import (
    ExecuteResult,
    Exit,
    Fingerprint,
    Health,
    LimitSupport,
    Reason,
    RefusedError,
    setting,
)
from tests.testing.wrong.right import Right, RightSettings

if TYPE_CHECKING:
    from ostler.drivers import ExecuteRequest, SignalRequest, Task, TaskHandle


class SwallowsSignals(Right):
    breaks = "test_a_signal_reaches_the_task"

    @hookimpl
    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        if request.signal not in signals.Signals.__members__:
            super().signal(handle, request)


class KnowsNamesOnly(Right):
    breaks = "test_a_signal_is_known_by_its_number_too"

    @hookimpl
    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        if request.signal.isdecimal():
            msg = "no such name"
            raise RefusedError(msg)
        super().signal(handle, request)


class TakesAnySignal(Right):
    breaks = "test_an_unknown_signal_is_refused"

    @hookimpl
    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        if request.signal in {"9", *signals.Signals.__members__}:
            super().signal(handle, request)


class LosesCode(Right):
    breaks = "test_a_command_in_the_task_has_its_outputs_and_code"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        found = super().execute(handle, request)
        return found if found.code == 124 else ExecuteResult(0)


class LosesInput(Right):
    breaks = "test_a_command_in_the_task_reads_its_input"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        return super().execute(handle, evolve(request, stdin_path=os.devnull))


class ExecuteHangs(Right):
    breaks = "test_a_command_in_the_task_is_ended_when_its_time_is_over"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        return super().execute(handle, evolve(request, timeout_seconds=3))


class ExecuteLeavesCommand(Right):
    breaks = "test_a_command_in_the_task_is_ended_when_its_time_is_over"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        if request.timeout_seconds < 1:
            output = [(os.POSIX_SPAWN_OPEN, 1, request.stdout_path, os.O_WRONLY, 0)]
            os.posix_spawn("/bin/sleep", ["sleep", "2"], {}, file_actions=output)
        return super().execute(handle, request)


class NoTerminal(Right):
    breaks = "test_a_command_in_the_task_has_a_terminal"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        return super().execute(handle, evolve(request, stdout_path=os.devnull) if request.tty else request)


class ExecuteEnds(Right):
    breaks = "test_a_command_that_can_not_be_run_does_not_harm_the_task"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        if not Path(request.command[0]).exists():
            self._task(handle).end(Exit(code=127))
            raise FileNotFoundError(request.command[0])
        return super().execute(handle, request)


class PromisesTooMuch(Right):
    breaks = "test_a_machine_promises_no_more_than_the_driver"

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        held = LimitSupport(memory="enforced", pids="enforced", timeout="watched")
        return Fingerprint(health=Health.HEALTHY, limits=held)


@frozen(kw_only=True)
class UnmarkedSettings(RightSettings):
    cores: int = setting(help="How many processors it may use.", default=0)


class IgnoresCores(Right):
    breaks = "test_a_limit_that_nothing_holds_is_refused"
    task_settings = UnmarkedSettings


class KillsForMemorySilently(Right):
    breaks = "test_a_task_that_takes_too_much_memory_is_ended"

    def told(self, end: Exit, handle: TaskHandle) -> Exit:
        return end if handle.state["reason"] == Reason.OOM else super().told(end, handle)


class GivesAnyProcess(Right):
    breaks = "test_a_task_gets_no_more_processes_than_it_may_have"

    def stdout(self, task: Task) -> str:
        return super().stdout(evolve(task, config=evolve(task.config, pids_limit=None)))


class EndsSiblings(Right):
    breaks = "test_a_task_gets_no_more_processes_than_it_may_have"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        for sibling in self._tasks.values() if task.config.processes else ():
            sibling.end(Exit(code=1))
        return super().start(task)


class KillsForTimeSilently(Right):
    breaks = "test_a_task_that_lasts_too_long_is_ended"

    def told(self, end: Exit, handle: TaskHandle) -> Exit:
        return end if handle.state["reason"] == Reason.TIMEOUT else super().told(end, handle)
