"""One simulated task: it writes its output on time and ends as it was told to."""

from __future__ import annotations

import errno
import os
import select
import threading
import time
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ostler.drivers import Duration, Exit, Reason, setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPEN_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 0.05
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
Line = tuple[float, int, bytes]


@frozen(kw_only=True)
class MockCommand:
    """What a simulated command does: how long it runs, what it writes, how it ends."""

    run_for: Duration = setting(help="How long it runs.", default=0.0)
    exit_code: int = setting(help="The exit code it ends with.", default=0)
    exit_signal: int = setting(help="The number of the signal that ends it; 0 for none.", default=0)
    exit_err_msg: str = setting(help="The error it ends with, as if the driver had failed.", default="")
    signal_error: str = setting(help="The error that answers every signal sent to it.", default="")
    stdout_string: str = setting(help="What it writes to stdout.", default="")
    stdout_repeat: int = setting(help="How many more times it writes that to stdout.", default=0)
    stdout_repeat_duration: Duration = setting(help="The pause before each of these times.", default=0.0)
    stderr_string: str = setting(help="What it writes to stderr.", default="")
    stderr_repeat: int = setting(help="How many more times it writes that to stderr.", default=0)
    stderr_repeat_duration: Duration = setting(help="The pause before each of these times.", default=0.0)

    def lines(self) -> list[Line]:
        """List what is written, in order of time: seconds after the start, stream, text."""
        stdout = _repeated(0, self.stdout_string, self.stdout_repeat, self.stdout_repeat_duration)
        stderr = _repeated(1, self.stderr_string, self.stderr_repeat, self.stderr_repeat_duration)
        return sorted([*stdout, *stderr], key=lambda line: line[0])

    def seconds(self) -> float:
        """Say how long it lasts: ``run_for``, or until its output is written."""
        return max([self.run_for, *(at for at, _, _ in self.lines())])

    def exit(self) -> Exit:
        """Say how it ends when nobody stops it."""
        if self.exit_err_msg:
            return Exit(code=self.exit_code, reason=Reason.DRIVER_ERROR, message=self.exit_err_msg)
        return killed(self.exit_signal, Reason.SIGNALED) if self.exit_signal else Exit(code=self.exit_code)


def killed(number: int, reason: Reason) -> Exit:
    """Make the exit of a task that signal ``number`` ended."""
    return Exit(code=128 + number, signal=number, reason=reason)


class MockTask:
    """A simulated task on a thread of its own; ``exit`` is None until it has ended.

    ``elapsed_seconds`` is how long it has been running already: what was due before is not done again.
    """

    def __init__(
        self,
        command: MockCommand,
        outputs: tuple[str, str],
        ended: Callable[[], None],
        *,
        name: str,
        elapsed_seconds: float = 0.0,
    ) -> None:
        self._lines = [line for line in command.lines() if line[0] >= elapsed_seconds]
        self._started = time.monotonic() - elapsed_seconds
        self._due, self._planned = self._started + command.seconds(), command.exit()
        self._changed = threading.Condition()
        self._stopping = self._left = False
        self._ended = ended
        over = elapsed_seconds > command.seconds()
        self.exit: Exit | None = self._planned if over else None
        self._outputs = [] if over else _opened(outputs, 0.0 if elapsed_seconds else OPEN_SECONDS)
        self._thread = threading.Thread(target=self._run, name=f"mock-task-{name}", daemon=True)
        self._thread.start()

    def end(self, exit: Exit, after_seconds: float = 0.0) -> None:  # noqa: A002 - the domain's word
        """Let the task end with ``exit`` after so many seconds, if it does not end before."""
        with self._changed:
            moment = time.monotonic() + after_seconds
            if moment < self._due:
                self._due, self._planned = moment, exit
            self._stopping = True
            self._changed.notify_all()

    def join(self, timeout_seconds: float) -> bool:
        """Wait until the task has ended; False when the time is over first."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def leave(self) -> None:
        """End the thread, but not the task: its handle says enough to find it again."""
        with self._changed:
            self._left = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        for at_seconds, stream, text in self._lines:
            if not self._reached(self._started + at_seconds):
                break
            self._write(stream, text)
        self._reached(float("inf"))
        for descriptor in self._outputs:
            os.close(descriptor)
        if not self._left and self.exit is None:
            self.exit = self._planned
            self._ended()

    def _reached(self, moment: float) -> bool:
        """Sleep until ``moment``; False when the task is to end before."""
        with self._changed:
            while not self._left and (left := min(moment, self._due) - time.monotonic()) > 0:
                self._changed.wait(min(left, threading.TIMEOUT_MAX))
            return moment <= self._due and not self._left

    def _write(self, stream: int, text: bytes) -> None:
        rest = memoryview(text)
        while rest and not self._interrupted():
            try:
                rest = rest[_written(self._outputs[stream], rest) :]
            except BrokenPipeError:
                return

    def _interrupted(self) -> bool:
        return self._left or (self._stopping and time.monotonic() >= self._due)


def _written(descriptor: int, text: memoryview) -> int:
    """Write what a pipe takes within a moment."""
    _, ready, _ = select.select([], [descriptor], [], PAUSE_SECONDS)
    return os.write(descriptor, text) if ready else 0


def _repeated(stream: int, text: str, times: int, pause_seconds: float) -> Iterator[Line]:
    written = text.encode(errors="surrogateescape")
    if written:
        for index in range(times + 1):
            yield index * pause_seconds, stream, written


def _opened(paths: tuple[str, str], patience_seconds: float) -> list[int]:
    """Open both outputs for writing; a FIFO that nobody reads is waited for a while, then done without."""
    found: list[int] = []
    try:
        for path in paths:
            found.append(_open(path, patience_seconds))  # noqa: PERF401 - what is open already is closed on an error
    except OSError:
        for descriptor in found:
            os.close(descriptor)
        raise
    return found


def _open(path: str, patience_seconds: float) -> int:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return os.open(path, _FLAGS, 0o600)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() >= deadline:
                return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            time.sleep(PAUSE_SECONDS)
