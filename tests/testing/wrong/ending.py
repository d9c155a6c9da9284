"""Drivers that are wrong about ends: `wait`, `stop`, `destroy`, `close`, and what they tell of an end."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from attrs import evolve

from ostler import hookimpl
from ostler.drivers import Ended, Exit, Reason, TaskStatus
from tests.testing.wrong.right import LONG_SECONDS, Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext, StopRequest, Task, TaskHandle


class InventsReasons(Right):
    breaks = "test_every_exit_code_is_told_as_it_is"

    def told(self, end: Exit, handle: TaskHandle) -> Exit:
        return (
            evolve(end, reason=Reason.TIMEOUT) if end.reason is Reason.EXITED else super().told(end, handle)
        )


class SignedCodes(Right):
    breaks = "test_every_exit_code_is_told_as_it_is"

    def told(self, end: Exit, handle: TaskHandle) -> Exit:
        return evolve(end, code=-1) if end.code == 255 else super().told(end, handle)


class SignalsLookLikeCodes(Right):
    breaks = "test_a_task_that_dies_of_a_signal_tells_which"

    def told(self, end: Exit, handle: TaskHandle) -> Exit:
        killed = end.signal == 15 and end.reason is Reason.SIGNALED
        return Exit(code=end.code) if killed else super().told(end, handle)


class StopsLookLikeSignals(Right):
    breaks = "test_a_stopped_task_tells_that_it_was_stopped"

    def told(self, end: Exit, handle: TaskHandle) -> Exit:
        stopped = end.reason is Reason.STOPPED
        return evolve(end, reason=Reason.SIGNALED) if stopped else super().told(end, handle)


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
        self.known: set[str] = set()

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        news = [handle for handle in handles if handle.task_id not in self.known]
        found = super().wait(news, timeout_seconds)
        self.known |= {ended.task_id for ended in found}
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
        time.sleep(request.grace_seconds * 0.6 if 1.0 < request.grace_seconds < 2.0 else 0.0)
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
        if found and found.reason is Reason.EXITED and found.code == 5:
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
        time.sleep(0.15 if request.grace_seconds else 0)
        super().stop(handle, request)
        self.stopping.discard(handle.task_id)


class StopsWhatNobodyLooksAt(Right):
    breaks = "test_a_stop_comes_at_once_with_other_hooks"

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.looking: set[str] = set()

    @hookimpl
    def inspect(self, handle: TaskHandle) -> TaskStatus:
        self.looking.add(handle.task_id)
        time.sleep(0.1)
        self.looking.discard(handle.task_id)
        return super().inspect(handle)

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        time.sleep(0.05 if request.grace_seconds == 0.1 else 0)
        if handle.task_id in self.looking:
            raise BlockingIOError
        super().stop(handle, request)


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


class CloseLeavesHelper(Right):
    breaks = "test_closing_after_a_whole_life_leaves_no_process"

    @hookimpl
    def close(self) -> None:
        super().close()
        os.posix_spawn("/bin/sleep", ["sleep", "1"], {})


class CloseEndsTasks(Right):
    breaks = "test_a_task_outlives_its_driver"

    @hookimpl
    def close(self) -> None:
        for task_id in [task_id for task_id, task in self._tasks.items() if task.exit is None]:
            (self.folder / task_id.rpartition("/")[2]).touch()
        super().close()

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        closed = self.folder / handle.task_id.rpartition("/")[2]
        if closed.exists() and handle.state["config"]["run_for"] >= LONG_SECONDS:
            raise LookupError
        return super().recover(handle)
