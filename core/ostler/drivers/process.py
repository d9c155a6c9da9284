"""The hooks of every driver whose tasks are processes of Ostler's executor, ready to inherit."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ostler.drivers.hookspecs import hookimpl
from ostler.drivers.values import ExecuteResult, Reason, TaskStatus
from ostler.errors import OstlerError

if TYPE_CHECKING:
    from ostler.drivers.values import (
        DriverContext,
        ExecuteRequest,
        Process,
        SignalRequest,
        Stats,
        StopRequest,
        TaskHandle,
    )

TOO_LONG: Final = 124


class ProcessHooks:
    """Stop, recover, inspect, signal, measure, enter and forget tasks whose handle names a process.

    A driver that inherits this writes `fingerprint`, `validate` and `start`, and declares ``signals`` and
    ``execute`` where its tasks are to have them.  ``stop_signal`` is what a
    stop sends when the job names no signal.
    """

    stop_signal: ClassVar[str] = "SIGINT"

    def __init__(self, context: DriverContext) -> None:
        self.context = context

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        """Signal the main process, then end the whole tree when the grace is over."""
        self.context.executor.stop(
            _process(handle),
            grace_seconds=request.grace_seconds,
            signal=request.signal or self.stop_signal,
        )

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        """Take the process up again."""
        if not self.context.executor.recover(_process(handle)):
            msg = f"no trace of the process of task {handle.task_id}"
            raise OstlerError(msg)
        return handle

    @hookimpl
    def inspect(self, handle: TaskHandle) -> TaskStatus:
        """Say whether the process runs, and how it ended as the executor saw it."""
        end = self.context.executor.wait(_process(handle), 0)
        return TaskStatus(running=end is None, exit=end, attributes=handle.attributes)

    @hookimpl
    def stats(self, handle: TaskHandle) -> Stats:
        """Measure the whole tree."""
        return self.context.executor.stats(_process(handle))

    @hookimpl
    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        """Signal the main process."""
        self.context.executor.signal(_process(handle), request.signal)

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        """Run a command beside the main process, with all that this may do and see and no more."""
        executor, process = self.context.executor, _process(handle)
        streams: dict[str, Any] = {
            "stdin": request.stdin_path,
            "stdout": request.stdout_path,
            "stderr": request.stderr_path,
        }
        with ExitStack() as opened:
            if request.tty:
                from ostler.executor import Terminal

                streams = {"terminal": opened.enter_context(closing(Terminal.at(request.stdin_path)))}
            command = executor.execute(
                process, request.command, timeout_seconds=request.timeout_seconds, **streams
            )
            end = opened.enter_context(command).wait()
        return ExecuteResult(TOO_LONG if end is None or end.reason is Reason.TIMEOUT else end.code)

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        """Forget the process, ending it first if it still runs."""
        self.context.executor.forget(_process(handle))


def _process(handle: TaskHandle) -> Process:
    if handle.process is None:
        msg = f"the handle of task {handle.task_id} names no process"
        raise OstlerError(msg)
    return handle.process
