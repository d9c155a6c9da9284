"""Drivers that are wrong on purpose: each breaks one sentence of the contract, and keeps all others."""

from __future__ import annotations

import os
import signal as signals
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import evolve, frozen

from ostler import hookimpl
from ostler.drivers import (
    Ended,
    ExecuteResult,
    Exit,
    Finding,
    Fingerprint,
    Health,
    Reason,
    Stats,
    TaskHandle,
    TaskStatus,
    setting,
)
from ostler_drivers.mock_driver import MockDriver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext, ExecuteRequest, SignalRequest, StopRequest, Task

LONG_SECONDS = 60


class Right(MockDriver):
    """Keeps every sentence; implements every hook."""

    breaks: ClassVar[str] = ""

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.folder: Path = context.state_directory

    @hookimpl
    def doctor(self) -> list[Finding]:
        return [Finding("clock", well=True, found="it ticks")]

    def force(self, handle: TaskHandle) -> None:
        """End the task without asking."""
        self._forget(handle.task_id)


@frozen
class Helpless:
    colour: str = setting(help="", default="red")


class SettingWithoutHelp(Right):
    breaks = "test_every_setting_says_what_it_does"
    settings: Any = Helpless

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
        return Stats(memory_bytes=-1)


class StatsEnd(Right):
    breaks = "test_measuring_changes_nothing"

    @hookimpl
    def stats(self, handle: TaskHandle) -> Stats:
        self._task(handle).end(Exit(code=0))
        return Stats()


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


class OneStartAtATime(Right):
    breaks = "test_tasks_start_at_the_same_time"
    current: Any = None

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.current = task
        time.sleep(0.05)
        return super().start(self.current)


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

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        return super().start(evolve(task, stdout_path=task.stderr_path, stderr_path=task.stdout_path))


class InventsReasons(Right):
    breaks = "test_the_end_is_learnt_with_its_code"

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        found = super().wait(handles, timeout_seconds)
        return [
            Ended(each.task_id, evolve(each.exit, reason=Reason.TIMEOUT))
            if each.exit.reason is Reason.EXITED
            else each
            for each in found
        ]


class TellsTooMuch(Right):
    breaks = "test_only_what_has_ended_is_told"

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        if found := super().wait(handles, timeout_seconds):
            return [Ended(handle.task_id, found[0].exit) for handle in handles]
        return []


class AlwaysWaitsLong(Right):
    breaks = "test_waiting_lasts_until_an_end_or_the_timeout"

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        time.sleep(timeout_seconds)
        return super().wait(handles, 0)


class TellsOnce(Right):
    breaks = "test_an_end_is_told_again"

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.told: set[str] = set()

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        news = [handle for handle in handles if handle.task_id not in self.told]
        found = super().wait(news, timeout_seconds)
        self.told |= {ended.task_id for ended in found}
        return found


class NeverLost(Right):
    breaks = "test_a_task_that_is_gone_is_lost"

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        return super().wait([handle for handle in handles if handle.task_id in self._tasks], timeout_seconds)


class ImpoliteStop(Right):
    breaks = "test_a_polite_stop_does_not_wait_for_the_grace_to_end"

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        time.sleep(request.grace_seconds * 0.6)
        super().stop(handle, request)


class StopWithoutForce(Right):
    breaks = "test_a_deaf_task_is_stopped_by_force"

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        if handle.state["config"]["kill_after"] <= request.grace_seconds:
            super().stop(handle, request)


class HoldsOutput(Right):
    breaks = "test_after_a_stop_no_process_is_left"

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.held: dict[str, int] = {}

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        handle = super().start(task)
        self.held[task.id] = os.open(task.stdout_path, os.O_WRONLY)
        return handle

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        super().destroy(handle)
        if handle.task_id in self.held:
            os.close(self.held.pop(handle.task_id))

    @hookimpl
    def close(self) -> None:
        super().close()
        for descriptor in self.held.values():
            os.close(descriptor)


class StopWantsRunning(Right):
    breaks = "test_stopping_what_has_ended_succeeds"

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        found = self._task(handle).exit
        if found and found.reason is Reason.EXITED:
            raise ProcessLookupError
        super().stop(handle, request)


class StopsOneAtATime(Right):
    breaks = "test_stopping_twice_at_once_succeeds"

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.stopping: set[str] = set()

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        if handle.task_id in self.stopping:
            raise BlockingIOError
        self.stopping.add(handle.task_id)
        time.sleep(0.15)
        super().stop(handle, request)
        self.stopping.discard(handle.task_id)


class SwallowsSignals(Right):
    breaks = "test_a_signal_reaches_the_task"

    @hookimpl
    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        if request.signal not in signals.Signals.__members__:
            super().signal(handle, request)


class TakesAnySignal(Right):
    breaks = "test_an_unknown_signal_is_refused"

    @hookimpl
    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        if request.signal in signals.Signals.__members__:
            super().signal(handle, request)


class LosesCode(Right):
    breaks = "test_a_command_in_the_task_returns_output_and_code"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        return evolve(super().execute(handle, request), code=0)


class ExecuteHangs(Right):
    breaks = "test_a_command_in_the_task_is_not_waited_for_too_long"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        planned = handle.state["config"]["exec_command"] or {"run_for": 0}
        time.sleep(min(planned["run_for"], 3))
        return super().execute(handle, request)


class ExecuteEnds(Right):
    breaks = "test_a_command_that_can_not_be_run_does_not_harm_the_task"

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        if not Path(request.command[0]).exists():
            self._task(handle).end(Exit(code=127))
            raise FileNotFoundError(request.command[0])
        return super().execute(handle, request)


def over(handle: TaskHandle) -> bool:
    return bool(time.time() > handle.state["started"] + handle.state["config"]["run_for"])


class RecoverPretends(Right):
    breaks = "test_a_running_task_is_found_again"

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        return super().recover(handle) if over(handle) else handle


class RecoverChanges(Right):
    breaks = "test_recovering_what_is_known_changes_nothing"

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        if handle.task_id in self._tasks:
            return evolve(handle, attributes={"recovered": "twice"})
        return super().recover(handle)


class RecoverForgets(Right):
    breaks = "test_an_end_without_a_host_is_told_later"

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        if over(handle):
            raise LookupError
        return super().recover(handle)


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


class DestroyLeavesRunning(Right):
    breaks = "test_destroying_ends_a_running_task"

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        self._tasks.pop(handle.task_id, None)


class DestroyLeavesFile(Right):
    breaks = "test_destroying_leaves_no_file"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        handle = super().start(task)
        (self.folder / task.id.rpartition("/")[2]).touch()
        return handle


class CloseLeavesThread(Right):
    breaks = "test_closing_leaves_no_thread_and_no_open_file"

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        handle = super().start(task)
        threading.Thread(target=threading.Event().wait, name="poller", daemon=True).start()
        return handle


class CloseLeavesFile(Right):
    breaks = "test_closing_leaves_no_thread_and_no_open_file"

    @hookimpl
    def close(self) -> None:
        super().close()
        os.open(os.devnull, os.O_RDONLY)


DRIVERS: dict[str, type[Right]] = {each.__name__: each for each in Right.__subclasses__()}
