"""Find the allocations of a data directory whose owner died, say how they are, and end them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from ostler.drivers.values import StopRequest
from ostler.drivers.wrappers import VetoedError, WrapperError
from ostler.errors import (
    DriverError,
    LateError,
    MistakeError,
    OstlerError,
    Problem,
    RecoverableError,
    RefusedError,
)
from ostler.executor import LogFiles, Process
from ostler.runner.standings import AllocationStanding, Forgotten, Standing, TaskStanding
from ostler.runner.state import AllocationState, Description, kept, not_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ostler.drivers.facade import Driver
    from ostler.drivers.values import TaskHandle
    from ostler.runner.open_driver import OpenDriver
    from ostler.runner.workplace import Workplace

logger = logging.getLogger(__name__)


class Orphans:
    """The allocations in the records of one data directory."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._records = place.directory / "client"
        self._silent: set[str] = set()

    def look(self) -> list[AllocationStanding]:
        """Say how every allocation stands; drivers are opened only for those whose owner died."""
        return [self._standing(path) for path in self._paths()]

    def clear(self) -> list[AllocationStanding]:
        """Remove the records of those that ended; return all whose owner died."""
        lost = [each for each in self.look() if not each.owned]
        for each in lost:
            if each.over:
                try:
                    self._finish(each.allocation_id, lambda *_: None)
                except (
                    OstlerError
                ) as error:  # one that can't be cleared away must not keep others from running
                    logger.warning("%s", error)
        return lost

    def stop(self, prefix: str) -> AllocationStanding:
        """End the allocation whose id begins with ``prefix``; MistakeError where that is not possible.

        One that has ended already, and of which only files are kept, is answered without tasks.
        """
        found = self._orphan(prefix)
        self._finish(found.allocation_id, self._stop)
        return found

    def forget(self, prefix: str) -> Forgotten:
        """Remove the records of an allocation, ending what can be ended; MistakeError as in `stop`."""
        found = self._orphan(prefix)
        state = AllocationState(self._records / found.allocation_id)
        if not state.own():
            if not found.tasks:
                return Forgotten(allocation_id=found.allocation_id, left=())
            raise MistakeError.single(_owned(found.allocation_id))
        try:
            stops = _description(state).stops
            handles = self._handles(state)
            left = [said for each in handles if (said := self._ended(each, _request(each, stops)))]
            self._end_unrecorded(found.allocation_id, state)
            left += [
                f"record {each.name} can't be read by this version; its task may still run"
                for each in state.unreadable()
            ]
            state.remove()
        finally:
            state.close()
        return Forgotten(allocation_id=found.allocation_id, left=tuple(left))

    def _orphan(self, prefix: str) -> AllocationStanding:
        found = [each for each in self.look() if each.allocation_id.startswith(prefix)]
        ended = [] if found else kept(prefix, self._place.directory)
        if len(ended) == 1:
            return AllocationStanding(allocation_id=ended[0], job_id="?", group="?", tasks=())
        if len(found) != 1:
            raise not_one(prefix, len(found), self._place.directory)
        if found[0].owned:
            raise MistakeError.single(_owned(found[0].allocation_id))
        return found[0]

    def _paths(self) -> Iterator[Path]:
        yield from sorted(path for path in self._records.glob("[!.]*") if path.is_dir())

    def _standing(self, path: Path) -> AllocationStanding:
        state = AllocationState(path)
        owned = not state.own()
        try:
            tasks = [self._task(handle, owned=owned) for handle in state.handles()]
            unread = [
                TaskStanding(task=each.stem, driver="", standing=Standing.UNKNOWN)
                for each in state.unreadable()
            ]
            description = _description(state)
        finally:
            state.close()
        if owned and not tasks:
            tasks = [TaskStanding(task="", driver="", standing=Standing.OWNED)]
        if not owned:
            tasks += [_unrecorded(each) for each in self._unrecorded(path.name, state)]
        return AllocationStanding(
            allocation_id=path.name,
            job_id=description.job_id,
            group=description.group,
            tasks=(*tasks, *unread),
        )

    def _task(self, handle: TaskHandle, *, owned: bool) -> TaskStanding:
        standing = Standing.OWNED if owned else self._asked(handle)
        return TaskStanding(task=handle.task_id.split("/")[-2], driver=handle.driver, standing=standing)

    def _asked(self, handle: TaskHandle) -> Standing:
        """Recover the task, and ask its driver how it is; one that hangs is not asked again."""
        if handle.driver in self._silent:
            return Standing.UNKNOWN
        try:
            opened = self._place.open(handle.driver)
        except OstlerError as error:
            logger.warning("%s", error)
            return Standing.UNKNOWN
        try:
            found = self._recovered(opened, handle)
            if found.process is not None and not opened.driver.implements("inspect"):
                return self._watched(found.process)
            return opened.threads.call(_running, opened.deadlines.answer_seconds, opened.driver, found)
        except (DriverError, RecoverableError, VetoedError) as error:  # none of them says that it is over
            logger.warning("%s", error)
            if isinstance(error, LateError):
                self._silent.add(handle.driver)
            return Standing.UNKNOWN
        except OstlerError:
            return Standing.ENDED  # no trace of it

    def _recovered(self, opened: OpenDriver, handle: TaskHandle) -> TaskHandle:
        """Have a driver find a task again, once in this process, however often somebody looks."""
        recovered = self._place.recovered
        if handle.task_id not in recovered:
            seconds = opened.deadlines.answer_seconds
            recovered[handle.task_id] = opened.threads.call(opened.driver.recover, seconds, handle)
        return recovered[handle.task_id]

    def _watched(self, process: Process) -> Standing:
        """Ask the executor, which watches the process for a driver that says nothing of its tasks itself."""
        executor = self._place.executor
        runs = executor.recover(process) and executor.wait(process, 0) is None
        return Standing.RUNNING if runs else Standing.ENDED

    def _handles(self, state: AllocationState) -> list[TaskHandle]:
        """Read the handles to use: what the drivers made of the recorded ones."""
        return [self._place.recovered.get(each.task_id, each) for each in state.handles()]

    def _finish(self, allocation_id: str, first: Callable[[TaskHandle, StopRequest], None]) -> None:
        """End what is left of an allocation, and remove its records."""
        state = AllocationState(self._records / allocation_id)
        if not state.own():
            return
        try:
            stops = _description(state).stops
            failed = []
            for handle in self._handles(state):
                try:
                    first(handle, _request(handle, stops))
                    self._destroy(handle)
                    state.drop(handle)
                except OstlerError as error:
                    failed.append((handle, error))
            _raise_for(failed, [], allocation_id)
            self._end_unrecorded(allocation_id, state)
            _raise_for([], state.unreadable(), allocation_id)
            state.remove()
        finally:
            state.close()

    def _end_unrecorded(self, allocation_id: str, state: AllocationState) -> None:
        """End the processes that no record names, and the logs that the dead owner collected."""
        for each in self._unrecorded(allocation_id, state):
            self._place.executor.forget(each)
        self._release(allocation_id, _description(state).logs)

    def _ended(self, handle: TaskHandle, request: StopRequest) -> str:
        """End a task by its driver, else its process; say what could not be ended."""
        try:
            self._stop(handle, request)
            self._destroy(handle)
        except (VetoedError, WrapperError):  # a policy that fails to decide has not allowed it
            raise
        except OstlerError as error:
            task = f"task {handle.task_id.split('/')[-2]!r} of driver {handle.driver!r}"
            if handle.process is None:
                return f"{task} may still run, known as {json.dumps(dict(handle.state))}: {error}"
            self._place.executor.stop(
                handle.process, grace_seconds=request.grace_seconds, signal=request.signal or "SIGINT"
            )
            self._place.executor.forget(handle.process)
            return f"{task}: its process was ended, but not what else its driver keeps of it: {error}"
        return ""

    def _unrecorded(self, allocation_id: str, state: AllocationState) -> list[Process]:
        """Find processes whose owner died between their start and their record."""
        known = {handle.task_id for handle in state.handles()}
        directory = str(self._place.directory)
        return [
            Process(id=each, pid=0, boot_id="", start_time=0, directory=directory)
            for each in self._place.executor.processes()
            if each.startswith(f"{allocation_id}/") and each not in known
        ]

    def _stop(self, handle: TaskHandle, request: StopRequest) -> None:
        opened = self._place.open(handle.driver)
        seconds = request.grace_seconds + opened.deadlines.answer_seconds
        opened.threads.call(opened.driver.stop, seconds, handle, request)

    def _destroy(self, handle: TaskHandle) -> None:
        opened = self._place.open(handle.driver)
        if opened.driver.answers("destroy"):
            opened.threads.call(opened.driver.destroy, opened.deadlines.destroy_seconds, handle)

    def _release(self, allocation_id: str, limits: Mapping[str, Mapping[str, int]]) -> None:
        """Let the supervisor end the logs that the dead owner collected."""
        logs = self._place.directory / "alloc" / allocation_id / "alloc" / "logs"
        for fifo in (self._records / allocation_id).glob(".*.fifo"):
            prefix = fifo.name[1:].removesuffix(".fifo")
            self._place.executor.release(LogFiles(fifo=str(fifo), directory=str(logs), prefix=prefix))
            fifo.unlink(missing_ok=True)
        for spool in logs.glob(".*.spool"):
            self._release_spool(_spooled(spool, limits))

    def _release_spool(self, files: LogFiles) -> None:
        try:
            self._place.executor.collect(files)  # what was written while no supervisor was there
        except RefusedError as error:  # a task may have put anything in its place
            logger.warning("%s: what was not read of it stays there: %s", files.spool, error)
            return
        self._place.executor.release(files)


def _spooled(spool: Path, limits: Mapping[str, Mapping[str, int]]) -> LogFiles:
    prefix = spool.name[1:].removesuffix(".spool")
    own: Mapping[str, Any] = limits.get(prefix.rpartition(".")[0], {})
    return LogFiles(spool=str(spool), directory=str(spool.parent), prefix=prefix, **own)


def _owned(allocation_id: str) -> str:
    return f"{allocation_id} is run by a living process; stop that one, such as with Ctrl-C"


def _request(handle: TaskHandle, stops: Mapping[str, StopRequest]) -> StopRequest:
    return stops.get(handle.task_id.split("/")[-2], StopRequest(5.0))


def _raise_for(failed: list[tuple[TaskHandle, OstlerError]], unread: list[Path], allocation_id: str) -> None:
    """Say what can't be ended, and the way out."""
    texts = [f"task {each.task_id.split('/')[-2]!r} can't be ended: {error}" for each, error in failed]
    texts += [
        f"{each} can't be read by this version and is left alone; its task may still run" for each in unread
    ]
    if not texts:
        return
    texts.append(f"to remove the records, ending what can be ended: ostler stop --forget {allocation_id[:8]}")
    if any(not isinstance(error, MistakeError | RefusedError) for _, error in failed):
        raise DriverError("\n".join(texts))
    raise MistakeError(Problem("", "", text) for text in texts)


def _unrecorded(process: Process) -> TaskStanding:
    return TaskStanding(task=process.id.split("/")[-2], driver="", standing=Standing.RUNNING)


def _running(driver: Driver, handle: TaskHandle) -> Standing:
    if not driver.implements("inspect"):
        return Standing.ENDED if driver.wait([handle], 0.0) else Standing.RUNNING
    return Standing.RUNNING if driver.inspect(handle).running else Standing.ENDED


def _description(state: AllocationState) -> Description:
    try:
        return state.description()
    except ValueError:
        return Description(job_id="?", group="?")
