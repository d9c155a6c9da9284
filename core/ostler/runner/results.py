"""How a job ended: each of its tasks, and the exit status that stands for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from ostler.drivers.values import Exit, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence


MISTAKE: Final = 2
TIMED_OUT: Final = 124
OWN_FAILURE: Final = 125
INTERRUPTED: Final = 130


@frozen(kw_only=True)
class TaskResult:
    """How one task of one allocation ended.

    ``exit`` is its last exit, None if it never ran.  ``failure`` says why it could not be run, and
    ``mistake`` whether the job or the operator has to change something.  ``stopped`` tells that it was
    asked to end, ``unended`` that its driver did not say that it has: it may still run.
    """

    allocation_id: str
    group: str
    task: str
    exit: Exit | None = None
    failure: str = ""
    mistake: bool = False
    stopped: bool = False
    unended: bool = False
    restarts: int = 0

    @property
    def failed(self) -> bool:
        """Tell whether the task failed by itself; one that was asked to end did not."""
        if self.failure:
            return True
        return not self.stopped and (self.exit is None or not self.exit.successful)

    @property
    def code(self) -> int:
        """The exit status that stands for this task."""
        if self.failure:
            return MISTAKE if self.mistake else OWN_FAILURE
        if self.exit is None:
            return 0 if self.stopped else OWN_FAILURE
        return exit_code(self.exit)


def exit_code(end: Exit) -> int:
    """Turn an exit into an exit status: 124 for a time-out, 125 where Ostler or a driver failed."""
    if end.reason is Reason.TIMEOUT:
        return TIMED_OUT
    if end.reason in {Reason.LOST, Reason.DRIVER_ERROR}:
        return OWN_FAILURE
    if end.signal:
        return 128 + end.signal
    return end.code or (0 if end.successful or end.reason is Reason.STOPPED else 1)


def overall_code(results: Sequence[TaskResult], *, interrupted: bool) -> int:
    """Return the status of the first task, in the file's order, that failed; else 0.

    A run that was interrupted ends with 130, and with 125 where a task may still run after it.
    """
    if interrupted:
        return OWN_FAILURE if any(result.unended for result in results) else INTERRUPTED
    return next((result.code for result in results if result.failed), 0)
