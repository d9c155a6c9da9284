"""How an allocation with records in a data directory stands."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class Standing(StrEnum):
    """How a task stands: ``OWNED`` means that a living process runs it, ``UNKNOWN`` that nobody can say."""

    OWNED = "owned"
    RUNNING = "running"
    ENDED = "ended"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class TaskStanding:
    """One task of an allocation that has a record."""

    task: str
    driver: str
    standing: Standing


@frozen(kw_only=True)
class Forgotten:
    """An allocation whose records were removed; ``left`` says of each task what could not be ended."""

    allocation_id: str
    left: tuple[str, ...]


@frozen(kw_only=True)
class AllocationStanding:
    """One allocation that has records."""

    allocation_id: str
    job_id: str
    group: str
    tasks: tuple[TaskStanding, ...]

    def __str__(self) -> str:
        """Say it in one line for the operator."""
        tasks = ", ".join(f"{task.task} {task.standing}" for task in self.tasks)
        allocation = f"allocation {self.allocation_id} of job {self.job_id!r}"
        return f"{allocation} outlived the command that ran it: {tasks}"

    @property
    def owned(self) -> bool:
        """Tell whether a living process runs it."""
        return any(task.standing is Standing.OWNED for task in self.tasks)

    @property
    def over(self) -> bool:
        """Tell whether nothing of it can run any more."""
        return all(task.standing is Standing.ENDED for task in self.tasks)
