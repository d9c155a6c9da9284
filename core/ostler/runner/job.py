"""Run a whole job on this machine: as many allocations of each group as its count says."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import Factory, define, frozen

from ostler.drivers.values import StopRequest
from ostler.errors import OstlerError
from ostler.jobs import Job
from ostler.runner.allocation import AllocationRunner
from ostler.runner.ends import Ends
from ostler.runner.garbage import collect
from ostler.runner.given import Given
from ostler.runner.listeners import Listeners
from ostler.runner.output import limits
from ostler.runner.preparation import Assignment
from ostler.runner.state import AllocationState, Description
from ostler.runner.task import TaskRunner
from ostler.runner.together import together
from ostler.runner.workplace import Workplace
from ostler.tasks import build_allocation, remove

if TYPE_CHECKING:
    from ostler.executor.streams.feeding import Input
    from ostler.jobs import Group
    from ostler.runner.results import TaskResult

logger = logging.getLogger(__name__)


@frozen
class _Place:
    directory: Path
    state: AllocationState


@define
class JobRunner:
    """Runs one job that was checked; `stop` and `kill` may be called on the event loop while `run` waits.

    ``keep`` is how many directories of ended allocations stay for a later look; None removes this job's own
    and touches no other.  ``given`` is what one of the tasks reads.
    """

    job: Job
    place: Workplace
    listeners: Listeners
    keep: int | None = None
    given: Given | None = None
    _allocations: list[AllocationRunner] = Factory(list)
    _places: list[_Place] = Factory(list)
    _asked: Callable[[AllocationRunner], None] | None = None

    async def run(self) -> list[TaskResult]:
        """Run every allocation and return the results in the file's order."""
        late_seconds = self.place.deadlines.answer_seconds
        ends = Ends(self.place.executor, asyncio.get_running_loop(), late_seconds=late_seconds)
        try:
            for group in self.job.groups:
                for index in range(group.count):
                    self._allocations.append(self._allocation(group, index, ends))
            if self._asked is not None:  # before there was anything to stop
                self._ask(self._asked)
            found = await together([asyncio.create_task(each.run()) for each in self._allocations], self.kill)
        finally:
            await asyncio.to_thread(ends.close)
            self._tidy()
        return [result for results in found for result in results]

    def stop(self) -> None:
        """Ask every task to end."""
        self._ask(AllocationRunner.stop)

    def kill(self) -> None:
        """End every task by force."""
        self._ask(AllocationRunner.kill)

    def _ask(self, how: Callable[[AllocationRunner], None]) -> None:
        self._asked = how
        for allocation in self._allocations:
            how(allocation)

    def _allocation(self, group: Group, index: int, ends: Ends) -> AllocationRunner:
        allocation_id = str(uuid.uuid4())
        ends.own(allocation_id)
        state = AllocationState(self.place.directory / "client" / allocation_id)
        state.make()
        self._places.append(_Place(self.place.directory / "alloc" / allocation_id, state))
        state.describe(_description(self.job, group, index))
        directory = build_allocation(self.place.directory / "alloc", allocation_id)
        assignments = [
            Assignment(
                job=self.job,
                group=group,
                task=task,
                allocation_id=allocation_id,
                index=index,
                directory=directory,
            )
            for task in group.tasks
        ]
        runners = [
            TaskRunner(each, self.place, state, ends, self.listeners, self._stdin(each))
            for each in assignments
        ]
        return AllocationRunner(runners, self.listeners.event)

    def _stdin(self, assignment: Assignment) -> Input | None:
        given = self.given
        return given.source if given is not None and given.label == assignment.label else None

    def _tidy(self) -> None:
        """Remove the records of what ended, and the directories that nobody wants to look at."""
        for place in self._places:
            if list(place.state.handles()):
                logger.warning("allocation %s left records of tasks that may still run", place.directory.name)
                place.state.close()
                continue
            place.state.remove()
            if self.keep is None:
                _remove(place.directory)
        if self.keep is not None:
            collect(self.place.directory, self.keep)


def _description(job: Job, group: Group, index: int) -> Description:
    stops = {task.name: StopRequest(task.kill_timeout_seconds, task.kill_signal) for task in group.tasks}
    logs = {task.name: limits(task.logs) for task in group.tasks}
    return Description(job_id=job.id, group=group.name, index=index, stops=stops, logs=logs)


def _remove(directory: Path) -> None:
    try:
        remove(directory)
    except OstlerError as error:
        logger.warning("%s", error)
