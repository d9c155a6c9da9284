"""Reach into a task that runs, whoever runs it: run a command in it, send it a signal."""

from __future__ import annotations

import os
import select
import threading
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from attrs import Factory, define

from ostler.drivers.values import ExecuteRequest, SignalRequest
from ostler.errors import MistakeError, RefusedError
from ostler.runner.reading import Reading
from ostler.runner.state import AllocationState, not_one

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ostler.drivers.values import Stats, TaskHandle
    from ostler.executor import Terminal
    from ostler.executor.streams.feeding import Input
    from ostler.runner.open_driver import OpenDriver
    from ostler.runner.workplace import Workplace

ANY_LENGTH_SECONDS: Final = 366 * 24 * 3600.0  # for a command that may last as long as it likes
CHUNK_BYTES: Final = 64 * 1024
STEP_MILLISECONDS: Final = 200
LINGERING_SECONDS: Final = 1.0  # for whoever holds a command's output beyond its end


@define
class Executed:
    """How a command inside a task ended, and what it wrote where that was captured."""

    code: int = 0
    stdout: bytearray = Factory(bytearray)
    stderr: bytearray = Factory(bytearray)


class Reached(NamedTuple):
    """A task that was found, and its driver."""

    opened: OpenDriver
    handle: TaskHandle
    records: Path

    def signal(self, signal: str) -> None:
        """Send it a signal, by name or number."""
        seconds, request = self.opened.deadlines.answer_seconds, SignalRequest(signal)
        self.opened.threads.call(self.opened.driver.signal, seconds, self.handle, request)

    def stats(self) -> Stats:
        """Measure what it uses; RefusedError where its driver measures nothing."""
        driver = self.opened.driver
        if not driver.implements("stats"):
            msg = f"driver {driver.name!r} does not measure what its tasks use"
            raise RefusedError(msg)
        return self.opened.threads.call(driver.stats, self.opened.deadlines.answer_seconds, self.handle)

    def execute(
        self,
        command: Sequence[str],
        *,
        stdin: Input | None,
        listener: Callable[[str, bytes], None] | None,
        timeout_seconds: float | None,
    ) -> Executed:
        """Run a command in it to its end; without a listener what it writes is captured."""
        done = Executed()
        kept = {"stdout": done.stdout, "stderr": done.stderr}
        tell = listener or (lambda stream, chunk: kept[stream].extend(chunk))
        stem = f".{os.urandom(8).hex()}"
        with (
            Reading(self.records / f"{stem}.stdin", stdin, until_read=True) as reading,
            Outputs(self.records, stem, tell) as outputs,
        ):
            request = ExecuteRequest(
                tuple(command),
                timeout_seconds or ANY_LENGTH_SECONDS,
                stdin_path=reading.path,
                stdout_path=str(outputs.paths["stdout"]),
                stderr_path=str(outputs.paths["stderr"]),
            )
            done.code = self._asked(request)
        return done

    def terminal(self, rows: int, columns: int) -> Terminal:
        """Open a terminal for it, among the task's own where that can be."""
        from ostler.executor import Terminal

        return Terminal(rows, columns, inside=self.handle.process)

    def execute_in(self, terminal: Terminal, command: Sequence[str]) -> Executed:
        """Run a command in it whose streams are a terminal, which somebody else reads and writes."""
        path = terminal.path
        request = ExecuteRequest(
            tuple(command), ANY_LENGTH_SECONDS, stdin_path=path, stdout_path=path, stderr_path=path, tty=True
        )
        return Executed(code=self._asked(request))

    def _asked(self, request: ExecuteRequest) -> int:
        seconds = request.timeout_seconds + self.opened.deadlines.answer_seconds
        call = self.opened.threads.call
        return call(self.opened.driver.execute, seconds, self.handle, request).code


class Outputs:
    """Two FIFOs that a command writes to; a thread tells what comes, until nobody writes any more."""

    def __init__(self, folder: Path, stem: str, tell: Callable[[str, bytes], None]) -> None:
        self.paths = {name: folder / f"{stem}.{name}" for name in ("stdout", "stderr")}
        self._tell = tell
        self._readers: dict[int, str] = {}
        self._writers: list[int] = []
        self._over = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name=f"ostler-output {stem}", daemon=True)

    def __enter__(self) -> Self:
        for name, path in self.paths.items():
            os.mkfifo(path, 0o600)
            self._readers[os.open(path, os.O_RDONLY | os.O_NONBLOCK)] = name
            self._writers.append(os.open(path, os.O_WRONLY))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers:
            os.close(writer)
        self._thread.join(LINGERING_SECONDS)
        self._over.set()
        self._thread.join()
        for path in self.paths.values():
            path.unlink(missing_ok=True)
        if self._fault is not None:
            raise self._fault

    def _read(self) -> None:
        poll = select.poll()
        for reader in self._readers:
            poll.register(reader, select.POLLIN)
        left = set(self._readers)
        while left and not self._over.is_set():
            for reader, _ in poll.poll(STEP_MILLISECONDS):
                if not self._passed_on(reader):
                    poll.unregister(reader)
                    os.close(reader)
                    left.discard(reader)
        for reader in left:
            os.close(reader)

    def _passed_on(self, reader: int) -> bool:
        """Tell the listener; False at the end, or where it wants no more, so that the writer learns it."""
        try:
            chunk = os.read(reader, CHUNK_BYTES)
            if chunk:
                self._tell(self._readers[reader], chunk)
        except BaseException as error:  # noqa: BLE001 - raised again where the command was run
            self._fault = self._fault or error
            return False
        return bool(chunk)


def reach(prefix: str, task: str, place: Workplace) -> Reached:
    """Find a task that runs, of the allocation whose id begins with ``prefix``; MistakeError for none.

    ``task`` may be empty where the allocation has only one that runs.
    """
    records = _allocation(prefix, place)
    by_name = {each.task_id.split("/")[-2]: each for each in AllocationState(records).handles()}
    names = ", ".join(by_name)
    if not by_name or (task and task not in by_name):
        what = f"no task {task!r} runs in" if task else "no task runs in"
        text = f"{what} allocation {records.name}" + (f"; those that do: {names}" if names else "")
        raise MistakeError.single(text)
    if not task and len(by_name) > 1:
        text = f"allocation {records.name} has {len(by_name)} tasks ({names}); name one with --task"
        raise MistakeError.single(text)
    handle = by_name[task or names]
    opened = place.open(handle.driver)
    return Reached(opened, _recovered(handle, opened, place), records)


def _allocation(prefix: str, place: Workplace) -> Path:
    folder = place.directory / "client"
    found = sorted(path for path in folder.glob("[!.]*") if path.is_dir() and path.name.startswith(prefix))
    if len(found) != 1:
        raise not_one(prefix, len(found), place.directory)
    return found[0]


def _recovered(handle: TaskHandle, opened: OpenDriver, place: Workplace) -> TaskHandle:
    if handle.task_id not in place.recovered:
        seconds = opened.deadlines.answer_seconds
        found = opened.threads.call(opened.driver.recover, seconds, handle)
        place.recovered[handle.task_id] = found
    return place.recovered[handle.task_id]
