"""The hooks of every driver whose tasks are processes of Ostler's executor, ready to inherit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ostler.drivers.hookspecs import hookimpl
from ostler.drivers.values import TaskStatus
from ostler.errors import OstlerError

if TYPE_CHECKING:
    from ostler.drivers.values import DriverContext, Process, SignalRequest, Stats, StopRequest, TaskHandle


class ProcessHooks:
    """Stop, recover, inspect, signal, measure and forget tasks whose handle names a process.

    A driver that inherits this writes `fingerprint`, `validate` and `start`.  ``stop_signal`` is what a
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
    def destroy(self, handle: TaskHandle) -> None:
        """Forget the process, ending it first if it still runs."""
        self.context.executor.forget(_process(handle))


def _process(handle: TaskHandle) -> Process:
    if handle.process is None:
        msg = f"the handle of task {handle.task_id} names no process"
        raise OstlerError(msg)
    return handle.process
