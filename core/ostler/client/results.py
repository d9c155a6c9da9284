"""What a run gives back to whoever embeds Ostler."""

from __future__ import annotations

from attrs import frozen

from ostler.drivers.values import Reason
from ostler.runner.results import TaskResult


@frozen(kw_only=True)
class Result:
    """How a job ended.

    ``code`` is the exit status that `ostler run` would end with.  ``stdout`` and ``stderr`` hold what all
    tasks wrote, in the order in which it came, where it was captured.
    """

    code: int
    tasks: tuple[TaskResult, ...]
    stdout: bytes = b""
    stderr: bytes = b""
    notes: tuple[str, ...] = ()

    @property
    def output(self) -> bytes:
        """The same as ``stdout``."""
        return self.stdout

    @property
    def successful(self) -> bool:
        """Tell whether no task failed."""
        return not any(task.failed for task in self.tasks)

    @property
    def reason(self) -> Reason:
        """Why the task that decided ``code`` ended; of the first task where none failed."""
        decisive = next((task for task in self.tasks if task.failed), self.tasks[0] if self.tasks else None)
        if decisive is None:
            return Reason.EXITED
        return decisive.exit.reason if decisive.exit else Reason.DRIVER_ERROR

    @property
    def failure(self) -> str:
        """Say why the first task that could not be run at all was not; empty if every task ran."""
        return next((task.failure for task in self.tasks if task.failure), "")
