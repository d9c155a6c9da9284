"""One task that the kit runs: its handle, its outputs and its end."""

from __future__ import annotations

import itertools
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import asdict, evolve

from ostler.drivers import Process, StopRequest, TaskHandle
from ostler.errors import OstlerError
from ostler.testing.outputs import Output

if TYPE_CHECKING:
    from ostler.drivers import Exit, Task
    from ostler.testing.harness import DriverHarness

SLICE_SECONDS: Final = 0.1
_numbers: Final = itertools.count()


class RunningTask:
    """A task of the kit; until it is started it has outputs but no handle."""

    def __init__(self, harness: DriverHarness, task: Task) -> None:
        self._harness = harness
        folder = Path(task.directories.allocation).parent.parent / "outputs"
        folder.mkdir(exist_ok=True)
        paths = [folder / f"{next(_numbers)}.{stream}" for stream in ("stdout", "stderr")]
        self.stdout, self.stderr = (Output(path) for path in paths)
        self.task = evolve(task, stdout_path=str(paths[0]), stderr_path=str(paths[1]))
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
        driver, call = self._harness.driver, self._harness.call
        call(driver.validate, self.task)
        self._handle = call(driver.start, self.task)

    def stop(self, grace_seconds: float | None = None) -> None:
        """Stop it; without a grace the driver gets more than it needs."""
        seconds = self._harness.patience_seconds if grace_seconds is None else grace_seconds
        self._harness.call(self._harness.driver.stop, self.handle, StopRequest(seconds))

    def end(self, timeout_seconds: float | None = None) -> Exit | None:
        """Wait for its end, as the core learns it; None while it runs."""
        seconds = self._harness.patience_seconds if timeout_seconds is None else timeout_seconds
        deadline = time.monotonic() + seconds
        while self._end is None:
            left = deadline - time.monotonic()
            self._end = self._look(max(0.0, min(left, SLICE_SECONDS)))
            if left <= 0:
                break
        return self._end

    def output_closed(self, timeout_seconds: float = 1.0) -> bool:
        """Tell whether no process holds its outputs any more; the reader may need a moment."""
        return self.stdout.closed(timeout_seconds) and self.stderr.closed(timeout_seconds)

    def recover(self) -> None:
        """Let the driver find it again from what was written down of its handle."""
        handle = from_json(to_json(self.handle))
        if handle.process is not None:
            self._harness.executor.recover(handle.process)
        self._handle = self._harness.call(self._harness.driver.recover, handle)

    def destroy(self) -> None:
        """Let the driver forget it."""
        self._harness.call(self._harness.driver.destroy, self.handle)

    def clear(self) -> None:
        """End it whatever state it is in, and close its outputs."""
        if self._handle is not None:
            with suppress(OstlerError):  # the driver may be one that the kit finds wrong
                self.stop(0)
            with suppress(OstlerError):
                self.destroy()
        self.stdout.close()
        self.stderr.close()

    def _look(self, timeout_seconds: float) -> Exit | None:
        if self.handle.process is not None:
            return self._harness.executor.wait(self.handle.process, timeout_seconds)
        ends = self._harness.call(self._harness.driver.wait, [self.handle], timeout_seconds)
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
