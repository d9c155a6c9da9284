"""Run one allocation: all tasks of one group, side by side, until each is dead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ostler.runner.events import Event, EventType
from ostler.runner.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ostler.runner.results import TaskResult
    from ostler.runner.task import TaskRunner


class AllocationRunner:
    """The tasks of one allocation; when one fails for good, its siblings are stopped (Nomad's rule)."""

    def __init__(self, tasks: Sequence[TaskRunner], listener: Callable[[Event], None]) -> None:
        self._tasks = tasks
        self._listener = listener

    async def run(self) -> list[TaskResult]:
        """Run the tasks and return their results in the group's order."""
        return await together([asyncio.create_task(self._run_one(task)) for task in self._tasks], self.kill)

    def stop(self) -> None:
        """Ask every task to end."""
        for task in self._tasks:
            task.stop()

    def kill(self) -> None:
        """End every task by force."""
        for task in self._tasks:
            task.kill()

    async def _run_one(self, task: TaskRunner) -> TaskResult:
        result = await task.run()
        if result.failed:
            self._stop_siblings(task)
        return result

    def _stop_siblings(self, failed: TaskRunner) -> None:
        for task in self._tasks:
            if task is not failed and not task.ending:
                assignment = task.assignment
                self._listener(
                    Event(
                        type=EventType.SIBLING_FAILED,
                        allocation_id=assignment.allocation_id,
                        group=assignment.group.name,
                        task=assignment.task.name,
                        message=f"task {failed.assignment.task.name!r} of the same allocation failed",
                    )
                )
                task.stop()
