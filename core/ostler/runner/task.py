"""Run one task from its first attempt to its last: prepare, start, wait, stop, restart."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final, TypeVar

from attrs import frozen

from ostler.drivers.values import Exit, StopRequest
from ostler.errors import DriverError, MistakeError, OstlerError, RecoverableError, RefusedError
from ostler.runner import preparation
from ostler.runner.events import Event, EventType
from ostler.runner.output import Output
from ostler.runner.restarts import Decision, RestartTracker
from ostler.runner.results import TaskResult

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ostler.drivers.values import Directories, Task, TaskHandle
    from ostler.runner.ends import Ends
    from ostler.runner.fetching import Fetching
    from ostler.runner.preparation import Assignment
    from ostler.runner.state import AllocationState
    from ostler.runner.workplace import OpenDriver, Workplace

T = TypeVar("T")
logger = logging.getLogger(__name__)

VALIDATE_SECONDS: Final = 10.0
STOP_TRIES: Final = 5
STOP_PAUSE_SECONDS: Final = 1.0
END_AFTER_STOP_SECONDS: Final = 15.0


@frozen
class Outcome:
    """What came of one attempt: an exit, or the error that kept the task from running."""

    exit: Exit | None = None
    error: OstlerError | None = None

    @property
    def mistake(self) -> bool:
        """Tell whether the job or the operator has to change something."""
        return isinstance(self.error, RefusedError | MistakeError | ArtifactError)


class ArtifactError(RecoverableError):
    """An artifact can't be had at the moment."""


class TaskRunner:
    """Runs one task of an allocation; every method is called on the event loop.

    ``listener`` takes events, ``output`` the task's output as it comes.
    """

    def __init__(
        self,
        assignment: Assignment,
        place: Workplace,
        state: AllocationState,
        ends: Ends,
        listener: Callable[[Event], None],
        output: Callable[[Assignment, str, bytes], Awaitable[None]] | None,
        fetching: Fetching,
    ) -> None:
        self.assignment = assignment
        self._place = place
        self._state = state
        self._ends = ends
        self._listener = listener
        self._output_listener = output
        self._fetching = fetching
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()
        self._restarts = 0
        self._done = False

    @property
    def ending(self) -> bool:
        """Tell whether the task has ended or was asked to."""
        return self._done or self._stop.is_set()

    async def run(self) -> TaskResult:
        """Run the task until it is dead, and return how it ended; raises nothing of a task's or a driver's."""
        self._emit(EventType.RECEIVED, "the task was received")
        try:
            directories = preparation.build(self.assignment, self._place)
            outcome = await self._with_output(directories)
        except OstlerError as error:
            outcome = Outcome(error=error)
            self._emit(EventType.SETUP_FAILURE, str(error))
        self._done = True
        return self._result(outcome)

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
        task, listen = self.assignment.task, None
        if self._output_listener is not None:
            listen = self._pass_on
        async with Output(self._place.executor, directories, task.name, task.logs, listen) as output:
            return await self._attempts(directories, output)

    async def _pass_on(self, stream: str, chunk: bytes) -> None:
        if self._output_listener is not None:
            await self._output_listener(self.assignment, stream, chunk)

    async def _attempts(self, directories: Directories, output: Output) -> Outcome:
        tracker = RestartTracker(self.assignment.task.restart, self.assignment.job.type == "service")
        while True:
            outcome = await self._attempt(directories, output)
            if self._stop.is_set():
                return outcome
            decision = _decide(tracker, outcome)
            if not decision.again:
                if outcome.exit is None or not outcome.exit.successful:
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

    async def _attempt(self, directories: Directories, output: Output) -> Outcome:
        opened = self._place.open(self.assignment.task.driver)
        try:
            handle = await self._start(opened, directories, output)
        except OstlerError as error:
            return Outcome(error=error)
        if handle is None:
            return Outcome()
        end = await self._until_end(opened, handle)
        await self._destroy(opened, handle)
        return Outcome(exit=end)

    async def _start(self, opened: OpenDriver, directories: Directories, output: Output) -> TaskHandle | None:
        """Prepare and start one attempt; None if a stop came first."""
        task = self._configured(opened, directories, output)
        await self._fetch(task)
        if self._stop.is_set():
            return None
        await self._validate(opened, task)
        return None if self._stop.is_set() else await self._started(opened, task)

    def _configured(self, opened: OpenDriver, directories: Directories, output: Output) -> Task:
        env = preparation.variables(self.assignment, self._place, directories)
        try:
            task = preparation.configured(self.assignment, self._place, directories, env, output)
            said = preparation.unheld_limits(self.assignment.task, task.config, opened, self._place)
            if said:
                self._emit(EventType.DRIVER, said, {"limits": "best_effort"})
        except (MistakeError, RefusedError) as error:
            self._emit(EventType.FAILED_VALIDATION, str(error))
            raise
        return task

    async def _validate(self, opened: OpenDriver, task: Task) -> None:
        try:
            await self._call(opened, opened.driver.validate, task, deadline_seconds=VALIDATE_SECONDS)
        except OstlerError as error:
            self._emit(EventType.FAILED_VALIDATION, str(error))
            raise

    async def _started(self, opened: OpenDriver, task: Task) -> TaskHandle:
        try:
            handle = await self._call(opened, opened.driver.start, task)
        except OstlerError as error:
            self._emit(EventType.DRIVER_FAILURE, str(error))
            raise
        self._state.keep(handle)
        self._emit(EventType.STARTED, "the task was started", dict(handle.attributes))
        return handle

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
        await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        end = ended.result() if ended.done() else await self._stopped(opened, handle, ended)
        self._ends.forget(handle)
        self._emit(EventType.TERMINATED, end_in_words(end), exit_=end)
        if self._stop.is_set():
            self._emit(EventType.KILLED, "the task was stopped")
        return end

    async def _stopped(self, opened: OpenDriver, handle: TaskHandle, ended: asyncio.Future[Exit]) -> Exit:
        """Stop politely, by force when asked, and return the exit; a driver that can't stop is asked again."""
        task = self.assignment.task
        most = self._place.config.client.max_kill_timeout_seconds
        grace = 0.0 if self._kill.is_set() else min(task.kill_timeout_seconds, most)
        self._emit(
            EventType.KILLING, f"asked to end; by force after {grace:g} s", {"kill_timeout": f"{grace:g}"}
        )
        polite = asyncio.create_task(self._stop_tries(opened, handle, StopRequest(grace, task.kill_signal)))
        killed = asyncio.create_task(self._kill.wait())
        await asyncio.wait({polite, killed, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not polite.done() and not ended.done():
            await self._stop_tries(opened, handle, StopRequest(0.0, task.kill_signal))
        killed.cancel()
        await polite
        try:
            return await asyncio.wait_for(asyncio.shield(ended), END_AFTER_STOP_SECONDS)
        except TimeoutError:
            return _lost(opened.driver.name)

    async def _stop_tries(self, opened: OpenDriver, handle: TaskHandle, request: StopRequest) -> None:
        for attempt in range(1, STOP_TRIES + 1):
            try:
                await self._call(opened, opened.driver.stop, handle, request)
            except OstlerError as error:
                self._emit(EventType.DRIVER_FAILURE, f"{error} (try {attempt} of {STOP_TRIES} to stop)")
                await asyncio.sleep(STOP_PAUSE_SECONDS * attempt)
            else:
                return
        self._emit(EventType.DRIVER_FAILURE, "the task could not be stopped; it may still run")

    async def _destroy(self, opened: OpenDriver, handle: TaskHandle) -> None:
        if opened.driver.implements("destroy"):
            try:
                await self._call(opened, opened.driver.destroy, handle)
            except OstlerError as error:
                self._emit(EventType.DRIVER_FAILURE, str(error))
        self._state.drop(handle)

    async def _call(
        self, opened: OpenDriver, hook: Callable[..., T], *args: object, deadline_seconds: float | None = None
    ) -> T:
        """Call a hook on one of the driver's threads; DriverError when its deadline passes."""
        future = asyncio.wrap_future(opened.threads.submit(hook, *args))
        try:
            return await asyncio.wait_for(asyncio.shield(future), deadline_seconds)
        except TimeoutError:
            name = opened.driver.name
            msg = f"driver {name!r} did not answer {hook.__name__} within {deadline_seconds:g} s"
            raise DriverError(msg) from None

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    def _result(self, outcome: Outcome) -> TaskResult:
        assignment = self.assignment
        return TaskResult(
            allocation_id=assignment.allocation_id,
            group=assignment.group.name,
            task=assignment.task.name,
            exit=outcome.exit,
            failure="" if outcome.error is None or self._stop.is_set() else str(outcome.error),
            mistake=outcome.mistake,
            stopped=self._stop.is_set(),
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
        self._listener(event)


def end_in_words(end: Exit) -> str:
    """Say how a task ended, in the words of its event."""
    parts = [f"exit code {end.code}"]
    if end.signal:
        parts.append(f"signal {end.signal}")
    parts.append(str(end.reason))
    if end.oom_kills:
        parts.append(f"{end.oom_kills} killed for memory")
    if end.message:
        parts.append(end.message)
    return ", ".join(parts)


def _decide(tracker: RestartTracker, outcome: Outcome) -> Decision:
    now = time.monotonic()
    if outcome.exit is not None:
        return tracker.after_exit(successful=outcome.exit.successful, now=now)
    return tracker.after_failed_start(recoverable=isinstance(outcome.error, RecoverableError), now=now)


def _lost(driver: str) -> Exit:
    from ostler.drivers.values import Reason

    message = f"driver {driver!r} told no end within {END_AFTER_STOP_SECONDS:g} s after the stop"
    return Exit(code=1, reason=Reason.LOST, message=message)
