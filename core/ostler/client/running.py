"""One run of one job: wait for it, stop it, kill it."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import wait
from typing import TYPE_CHECKING, Final

from attrs import Factory, define

from ostler.client.results import Result
from ostler.runner.job import JobRunner
from ostler.runner.listeners import Listeners
from ostler.runner.results import overall_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ostler.client.loop import LoopThread
    from ostler.drivers.threads import DriverThreads
    from ostler.jobs import Job
    from ostler.runner.events import Event
    from ostler.runner.given import Given
    from ostler.runner.preparation import Assignment
    from ostler.runner.workplace import Workplace

# The kernel may hand a signal to another thread; only a wait that ends lets the main one see Ctrl-C then.
STEP_SECONDS: Final = 0.2


@define
class Captured:
    """What the tasks of one run wrote."""

    stdout: bytearray = Factory(bytearray)
    stderr: bytearray = Factory(bytearray)


class Run:
    """A job that runs; its methods may be called on any thread.

    ``finished`` is the future of its result, for whoever waits in another way than `wait`.
    """

    def __init__(
        self,
        job: Job,
        place: Workplace,
        loop: LoopThread,
        *,
        notes: tuple[str, ...],
        on_event: Callable[[Event], None] | None,
        on_output: Callable[[str, str, bytes], None] | None,
        listening: DriverThreads,
        keep: int | None,
        given: Given | None = None,
    ) -> None:
        self._loop = loop
        self.notes = notes
        self._on_event, self._on_output = on_event, on_output
        self._listening = listening
        self._captured = Captured()
        self._interrupted = False
        self._fault: BaseException | None = None
        self._runner = JobRunner(job, place, Listeners(self._event, self._output), keep, given)
        self.finished: Future[Result] = loop.submit(self._run())

    def wait(self, timeout_seconds: float | None = None) -> Result | None:
        """Wait for the job's end; None when the time runs out first."""
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while not self.over:
            left = STEP_SECONDS if deadline is None else min(STEP_SECONDS, deadline - time.monotonic())
            if left <= 0:
                return None
            wait((self.finished,), left)
        return self.finished.result()

    def stop(self) -> None:
        """Ask every task to end within its kill_timeout; the result's code becomes 130."""
        self._end(self._runner.stop)

    def kill(self) -> None:
        """End every task by force."""
        self._end(self._runner.kill)

    def end(self) -> None:
        """Stop the job and wait for its end, whatever it is; Ctrl-C meanwhile kills it."""
        self.stop()
        try:
            self._until_over()
        except KeyboardInterrupt:
            self.kill()
            self._until_over()

    def _until_over(self) -> None:
        while not self.over:
            wait((self.finished,), STEP_SECONDS)

    @property
    def over(self) -> bool:
        """Tell whether the job has ended."""
        return self.finished.done()

    def _end(self, how: Callable[[], None]) -> None:
        if not self.over:
            self._interrupted = True
            self._loop.soon(how)

    async def _run(self) -> Result:
        results = await self._runner.run()
        await asyncio.wrap_future(self._listening.submit(lambda: None))
        if self._fault is not None:
            raise self._fault
        return Result(
            code=overall_code(results, interrupted=self._interrupted),
            tasks=tuple(results),
            stdout=bytes(self._captured.stdout),
            stderr=bytes(self._captured.stderr),
            notes=self.notes,
        )

    def _event(self, event: Event) -> None:
        if self._on_event is not None:
            self._listening.submit(self._told, self._on_event, event)

    def _told(self, listener: Callable[..., None], *what: object) -> None:
        """Call a listener; the first that raises stops the job, and `wait` raises the same."""
        if self._fault is not None:
            return
        try:
            listener(*what)
        except BaseException as error:  # noqa: BLE001 - raised again where the embedder waits
            self._fault = error
            self._loop.soon(self._runner.stop)

    async def _output(self, assignment: Assignment, stream: str, chunk: bytes) -> None:
        if self._on_output is None:
            (self._captured.stdout if stream == "stdout" else self._captured.stderr).extend(chunk)
            return
        await asyncio.wrap_future(
            self._listening.submit(self._told, self._on_output, assignment.label, stream, chunk)
        )
