"""One task that the kit runs: its handle, its outputs and its end."""

from __future__ import annotations

import itertools
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import asdict, evolve, frozen

from ostler.drivers import ExecuteRequest, Process, Sink, StopRequest, TaskHandle
from ostler.errors import OstlerError
from ostler.testing.outputs import Output
from ostler.testing.spools import SpoolOutput

if TYPE_CHECKING:
    from ostler.drivers import Exit, Task
    from ostler.testing.hosting import DriverHost

SLICE_SECONDS: Final = 0.1
CLOSING_SECONDS: Final = 1.0
_numbers: Final = itertools.count()


@frozen
class Executed:
    """What became of a command inside a task; ``closed`` tells that nobody holds its outputs any more."""

    code: int
    stdout: bytes
    stderr: bytes
    closed: bool


class RunningTask:
    """A task of the kit; until it is started it has outputs but no handle."""

    def __init__(self, host: DriverHost, task: Task) -> None:
        self._host = host
        self._folder = Path(task.directories.allocation).parent.parent / "outputs"
        self._folder.mkdir(exist_ok=True)
        self.stdout, self.stderr = self._sink("stdout"), self._sink("stderr")
        self.task = evolve(task, stdout_path=str(self.stdout.path), stderr_path=str(self.stderr.path))
        self._handle: TaskHandle | None = None
        self._end: Exit | None = None

    @property
    def handle(self) -> TaskHandle:
        """What the driver returned from ``start``, or later from ``recover``."""
        if self._handle is None:
            msg = f"task {self.task.id} was not started"
            raise OstlerError(msg)
        return self._handle

    def start(self) -> None:
        """Validate and start it."""
        driver, call = self._host.driver, self._host.call
        call(driver.validate, self.task)
        self._handle = call(driver.start, self.task)

    def adopt(self, handle: TaskHandle) -> None:
        """Take the handle that another process was given for it."""
        self._handle = handle

    def stop(self, grace_seconds: float | None = None) -> None:
        """Stop it; without a grace the driver gets more than it needs."""
        seconds = self._host.patience_seconds if grace_seconds is None else grace_seconds
        self._host.call(self._host.driver.stop, self.handle, StopRequest(seconds))

    def end(self, timeout_seconds: float | None = None) -> Exit | None:
        """Wait for its end, as the core learns it; None while it runs."""
        seconds = self._host.patience_seconds if timeout_seconds is None else timeout_seconds
        deadline = time.monotonic() + seconds
        while self._end is None:
            left = deadline - time.monotonic()
            self._end = self._look(max(0.0, min(left, SLICE_SECONDS)))
            if left <= 0:
                break
        return self._end

    def explained(self, end: Exit) -> Exit:
        """Tell an end of its process in the driver's words, where it has any."""
        driver = self._host.driver
        explain = driver.implements("explain")
        return self._host.call(driver.explain, self.handle, end) if explain else end

    def execute(self, *command: str, stdin: bytes = b"", timeout_seconds: float | None = None) -> Executed:
        """Run a command inside it; without a timeout it gets a little less than the hook."""
        seconds = self._host.patience_seconds * 0.9 if timeout_seconds is None else timeout_seconds
        stdout, stderr = self._output("stdout"), self._output("stderr")
        given = self._folder / f"{next(_numbers)}.stdin"
        given.write_bytes(stdin)
        request = ExecuteRequest(
            command,
            seconds,
            stdin_path=str(given),
            stdout_path=str(stdout.path),
            stderr_path=str(stderr.path),
        )
        try:
            result = self._host.call(self._host.driver.execute, self.handle, request)
            closed = all(each.closed(CLOSING_SECONDS) for each in (stdout, stderr))
        finally:
            stdout.close()
            stderr.close()
        return Executed(result.code, stdout.content, stderr.content, closed)

    def shows(self, text: str) -> bool:
        """Wait until exactly ``text`` has been written to stdout."""
        return self.stdout.shows(text.encode(), self._host.patience_seconds)

    def settle(self) -> None:
        """Wait until it has ended, or has written something and then nothing for a moment."""
        self.stdout.reaches(1, self._host.patience_seconds)
        written = 0
        while written < self.stdout.size and self.end(self._host.moment_seconds) is None:
            written = self.stdout.size

    def output_closed(self) -> bool:
        """Tell whether no process holds its outputs any more; the reader may need a moment."""
        return all(each.closed(self._host.patience_seconds) for each in (self.stdout, self.stderr))

    def recover(self) -> None:
        """Let the driver find it again from what was written down of its handle."""
        handle = from_json(to_json(self.handle))
        if handle.process is not None:
            self._host.executor.recover(handle.process)
        self._handle = self._host.call(self._host.driver.recover, handle)

    def destroy(self) -> None:
        """Let the driver forget it."""
        self._host.call(self._host.driver.destroy, self.handle)

    def clear(self) -> None:
        """End it whatever state it is in, and close its outputs."""
        if self._handle is not None:
            with suppress(OstlerError):  # the driver may be one that the kit finds wrong
                self.stop(0)
            with suppress(OstlerError):
                self.destroy()
        self.stdout.close()
        self.stderr.close()

    def _sink(self, stream: str) -> Output | SpoolOutput:
        if self._host.capabilities.output is Sink.FILE:
            return SpoolOutput(self._folder / f"{next(_numbers)}.{stream}")
        return self._output(stream)

    def _output(self, stream: str) -> Output:
        return Output(self._folder / f"{next(_numbers)}.{stream}")

    def _look(self, timeout_seconds: float) -> Exit | None:
        if self.handle.process is not None:
            end = self._host.executor.wait(self.handle.process, timeout_seconds)
            return None if end is None else self.explained(end)
        ends = self._host.call(self._host.driver.wait, [self.handle], timeout_seconds)
        return next((ended.exit for ended in ends if ended.task_id == self.handle.task_id), None)


def to_json(handle: TaskHandle) -> str:
    """Write a handle down, as the runner does."""
    process = handle.process.to_dict() if handle.process else None
    return json.dumps({**asdict(handle, recurse=False), "process": process})


def from_json(text: str) -> TaskHandle:
    """Read a handle back."""
    plain = json.loads(text)
    process = Process.from_dict(plain.pop("process")) if plain["process"] else None
    return TaskHandle(**{**plain, "process": process})
