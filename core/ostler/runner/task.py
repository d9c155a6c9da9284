"""Run one task from its first attempt to its last: prepare, start, wait, stop, restart."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, TypeVar

from ostler.drivers.values import Exit, Reason, StopRequest
from ostler.errors import (
    DriverError,
    MistakeError,
    OstlerError,
    Problem,
    RecoverableError,
    RefusedError,
    UnendedError,
)
from ostler.runner import preparation
from ostler.runner.calls import call
from ostler.runner.events import Event, EventType, end_in_words
from ostler.runner.explaining import explained
from ostler.runner.fetching import Fetching
from ostler.runner.outcome import ArtifactError, Outcome, decide
from ostler.runner.output import Output
from ostler.runner.reading import Reading, Streams, file_of
from ostler.runner.restarts import COMPLETED, RestartTracker
from ostler.runner.results import TaskResult
from ostler.runner.starting import Starting
from ostler.runner.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from ostler.drivers.values import Directories, Task, TaskHandle
    from ostler.executor.streams.feeding import Input
    from ostler.runner.ends import Ends
    from ostler.runner.listeners import Listeners
    from ostler.runner.open_driver import OpenDriver
    from ostler.runner.preparation import Assignment
    from ostler.runner.state import AllocationState
    from ostler.runner.workplace import Workplace

T = TypeVar("T")
logger = logging.getLogger(__name__)

LASTING: Final = frozenset({"service", "system"})  # the types of jobs that run again after a success


class TaskRunner:
    """Runs one task of an allocation; every method is called on the event loop."""

    def __init__(
        self,
        assignment: Assignment,
        place: Workplace,
        state: AllocationState,
        ends: Ends,
        listeners: Listeners,
        stdin: Input | None = None,
    ) -> None:
        self.assignment = assignment
        self._place = place
        self._state = state
        self._ends = ends
        self._listeners = listeners
        self._stdin = stdin
        self._fetching = Fetching(place)
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()
        self._restarts = 0
        self._done = False
        self._unended = ""

    @property
    def ending(self) -> bool:
        """Tell whether the task has ended or was asked to."""
        return self._done or self._stop.is_set()

    async def run(self) -> TaskResult:
        """Run the task until it is dead and return how it ended; raises nothing of a task's or a driver's."""
        logs = {} if self.assignment.task.logs.disabled else {"logs": str(self.assignment.logs)}
        self._emit(EventType.RECEIVED, "the task was received", logs)
        self._place.listen(self.assignment.name, self._driver_said)
        try:
            directories = preparation.build(self.assignment, self._place)
            outcome = await self._with_output(directories)
        except OstlerError as error:
            outcome = Outcome(error=error)
            self._emit(EventType.SETUP_FAILURE, str(error))
        finally:
            self._place.forget(self.assignment.name)
        self._done = True
        return self._result(outcome)

    def _driver_said(self, message: str, details: Mapping[str, str]) -> None:
        self._emit(EventType.DRIVER, message, {str(key): str(value) for key, value in details.items()})

    def stop(self) -> None:
        """Ask the task to end, politely; asking again changes nothing."""
        if not self._stop.is_set():
            self._stop.set()
            self._fetching.cancel()

    def kill(self) -> None:
        """End the task by force."""
        self.stop()
        self._kill.set()

    async def _with_output(self, directories: Directories) -> Outcome:
        listen = None if self._listeners.output is None else self._pass_on
        reading = Reading(file_of(directories, self.assignment.task.name), self._stdin)
        async with Output(self._place, directories, self.assignment.task, listen) as output:
            with reading:
                outcome = await self._attempts(directories, Streams(output, reading))
            self._done = True
            return outcome

    async def _pass_on(self, stream: str, chunk: bytes) -> None:
        if self._listeners.output is not None:
            await self._listeners.output(self.assignment, stream, chunk)

    async def _attempts(self, directories: Directories, streams: Streams) -> Outcome:
        tracker = RestartTracker(self.assignment.task.restart, self.assignment.job.type in LASTING)
        while True:
            outcome = await self._attempt(directories, streams)
            if self._stop.is_set():
                return outcome
            decision = decide(tracker, outcome)
            if not decision.again:
                if decision.reason != COMPLETED:
                    self._emit(EventType.NOT_RESTARTING, decision.reason)
                return outcome
            self._restarts += 1
            delay = f"{decision.delay_seconds:.1f}"
            self._emit(
                EventType.RESTARTING,
                f"{decision.reason}; starting again in {delay} s",
                {"delay_seconds": delay},
            )
            await self._pause(decision.delay_seconds)
            if self._stop.is_set():
                return outcome

    async def _attempt(self, directories: Directories, streams: Streams) -> Outcome:
        opened = self._place.open(self.assignment.task.driver)
        try:
            handle = await self._start(opened, directories, streams)
        except OstlerError as error:
            return Outcome(error=error)
        if handle is None:
            return Outcome()
        try:
            end = await self._until_end(opened, handle)
        except Exception:
            await self._undo(opened, handle)
            raise
        destroyed = await self._destroyed(opened, handle, end)
        if self._unended:
            return Outcome(exit=end, error=UnendedError(self._unended))
        if destroyed or end.reason is not Reason.LOST:
            self._state.drop(handle)
        return Outcome(exit=end)

    async def _start(
        self, opened: OpenDriver, directories: Directories, streams: Streams
    ) -> TaskHandle | None:
        """Prepare and start one attempt; None if a stop came first."""
        task = await self._configured(opened, directories, streams)
        await self._fetch(task)
        if self._stop.is_set():
            return None
        await self._validate(opened, task)
        if self._stop.is_set():
            return None
        with streams.reading.held():
            return await self._started(opened, task)

    async def _configured(self, opened: OpenDriver, directories: Directories, streams: Streams) -> Task:
        assignment, place = self.assignment, self._place
        env = preparation.variables(assignment, place, directories)
        try:
            reading = opened.reading(
                preparation.interpolated(assignment, place, env), f"{assignment.task.path}.config"
            )
            config = await call(opened.threads, reading, deadline_seconds=opened.deadlines.answer_seconds)
            said = preparation.unheld_limits(assignment.task, config, opened, place)
            if said:
                self._emit(EventType.DRIVER, said, {"limits": "best_effort"})
        except OstlerError as error:
            mistake = isinstance(error, MistakeError | RefusedError)
            self._emit(EventType.FAILED_VALIDATION if mistake else EventType.DRIVER_FAILURE, str(error))
            raise
        return preparation.attempt(assignment, opened, directories, env, streams, config)

    async def _validate(self, opened: OpenDriver, task: Task) -> None:
        seconds = opened.deadlines.answer_seconds
        await self._asked(
            EventType.FAILED_VALIDATION,
            call(opened.threads, opened.driver.validate, task, deadline_seconds=seconds),
        )

    async def _started(self, opened: OpenDriver, task: Task) -> TaskHandle:
        starting = Starting(opened, task, lambda text: self._emit(EventType.DRIVER, text))
        grace = self._grace_seconds
        handle = await self._asked(EventType.DRIVER_FAILURE, starting.handle(self._stop, self._kill, grace))
        await self._keep(opened, handle)
        self._emit(EventType.STARTED, "the task was started", dict(handle.attributes))
        return handle

    async def _asked(self, failure: EventType, answer: Awaitable[T]) -> T:
        """Wait for a hook's answer; a refusal gets the task's place in its job, and every error an event."""
        try:
            return await answer
        except RefusedError as error:
            task = self.assignment.task
            text = str(Problem(task.where, task.path, str(error)))
            self._emit(failure, text)
            raise RefusedError(text) from error
        except OstlerError as error:
            self._emit(failure, str(error))
            raise

    async def _keep(self, opened: OpenDriver, handle: TaskHandle) -> None:
        """Write the handle down; a task whose handle can't be is ended again, or nobody would find it."""
        try:
            self._state.keep(handle)
        except (OSError, TypeError, ValueError) as error:
            await self._undo(opened, handle)
            msg = f"the handle that driver {opened.driver.name!r} returned can't be written down: {error}"
            self._emit(EventType.DRIVER_FAILURE, msg)
            raise DriverError(msg) from error

    async def _fetch(self, task: Task) -> None:
        try:
            await self._fetching.fetch(self.assignment, task, self._emit)
        except OstlerError as error:
            if not self._stop.is_set():
                self._emit(EventType.FAILED_ARTIFACT_DOWNLOAD, str(error))
            if isinstance(error, RecoverableError):
                raise ArtifactError(str(error)) from error
            raise

    async def _until_end(self, opened: OpenDriver, handle: TaskHandle) -> Exit:
        ended = self._ends.expect(handle, opened.driver)
        asked = asyncio.create_task(self._stop.wait())
        await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        end = ended.result() if ended.done() else await self._stopped(opened, handle, ended)
        self._ends.forget(handle)
        if ended.done():
            end = await explained(opened, handle, end, self._emit)
        self._emit(EventType.TERMINATED, end_in_words(end), exit_=end)
        if self._stop.is_set() and not self._unended:
            self._emit(EventType.KILLED, "the task was stopped")
        return end

    async def _stopped(self, opened: OpenDriver, handle: TaskHandle, ended: asyncio.Future[Exit]) -> Exit:
        task = self.assignment.task
        grace = 0.0 if self._kill.is_set() else self._grace_seconds
        self._emit(
            EventType.KILLING, f"asked to end; by force after {grace:g} s", {"kill_timeout": f"{grace:g}"}
        )
        stopping = Stopping(opened, handle, ended, self._emit)
        end = await stopping.end(StopRequest(grace, task.kill_signal), self._kill)
        self._unended = stopping.failure
        return end

    @property
    def _grace_seconds(self) -> float:
        most = self._place.config.client.max_kill_timeout_seconds
        return min(self.assignment.task.kill_timeout_seconds, most)

    async def _undo(self, opened: OpenDriver, handle: TaskHandle) -> None:
        """End a task at once after a fault, so that nothing runs which nobody watches."""
        try:
            request, seconds = StopRequest(0.0), opened.deadlines.answer_seconds
            await call(opened.stopping, opened.driver.stop, handle, request, deadline_seconds=seconds)
        except OstlerError as error:
            self._emit(EventType.DRIVER_FAILURE, str(error))
        if await self._destroyed(opened, handle, None):
            self._state.drop(handle)

    async def _destroyed(self, opened: OpenDriver, handle: TaskHandle, end: Exit | None) -> bool:
        """Let the driver forget the task, and tell whether it did."""
        if not opened.driver.answers("destroy"):
            return False
        try:
            seconds = opened.deadlines.destroy_seconds
            await call(opened.threads, opened.driver.destroy, handle, end, deadline_seconds=seconds)
        except OstlerError as error:
            self._emit(EventType.DRIVER_FAILURE, str(error))
            return False
        return opened.driver.implements("destroy")

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    def _result(self, outcome: Outcome) -> TaskResult:
        assignment = self.assignment
        hidden = self._stop.is_set() and not isinstance(outcome.error, UnendedError)
        return TaskResult(
            allocation_id=assignment.allocation_id,
            group=assignment.group.name,
            task=assignment.task.name,
            exit=outcome.exit,
            failure="" if outcome.error is None or hidden else str(outcome.error),
            mistake=outcome.mistake,
            stopped=self._stop.is_set(),
            unended=isinstance(outcome.error, UnendedError),
            restarts=self._restarts,
        )

    def _emit(
        self,
        kind: EventType,
        message: str,
        details: dict[str, str] | None = None,
        *,
        exit_: Exit | None = None,
    ) -> None:
        assignment = self.assignment
        event = Event(
            type=kind,
            allocation_id=assignment.allocation_id,
            group=assignment.group.name,
            task=assignment.task.name,
            message=message,
            details=details or {},
            exit=exit_,
        )
        logger.info("%s %s: %s", event.task, event.type, event.message)
        self._listeners.event(event)
