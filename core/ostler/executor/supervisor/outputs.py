"""Which logs a task writes to: found again after a supervisor's death, and ended in time."""

from __future__ import annotations

import os

from ostler.executor.supervisor.logs import complain, direct, intakes, key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ostler.executor.supervisor.log import Log
    from ostler.executor.supervisor.logs import Files, Logs
    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.task import Task

    Entry = dict[str, Any]

# An embedder that lost its supervisor, and one that was started again, are back long before.
_PATIENCE_SECONDS = 2.0
_AGAIN_SECONDS = 0.5


class Outputs:
    """The logs of the tasks.

    A task's record holds an entry for each: its ``files``, and whether it ends with the task.  Any other
    ends when it is released, or, where whoever had it collected is gone for good, some time after its task.
    One that can't be opened now is tried again and again; the init of its task holds what is in it.
    """

    def __init__(self, loop: Loop, logs: Logs) -> None:
        self._loop = loop
        self._logs = logs
        self._barred: dict[str, _Barred] = {}
        self._trying = False

    @property
    def barred(self) -> bool:
        """Whether there are logs that could not be opened yet."""
        return bool(self._barred)

    def entries(self, own: Iterable[Files], paths: Iterable[str]) -> list[Entry]:
        """Give entries for all that a task is going to write to; ``own`` are the logs that end with it."""
        found = {id(log): log for path in paths if (log := self._logs.at(path)) is not None}
        others = [log.files for log in found.values() if log.files not in own]
        return [*(_entry(files, ends_with_task=True) for files in own), *(_entry(files) for files in others)]

    def open(self, task: Task) -> None:
        """Collect the logs that end with a task, all or none, now that its record names them."""
        entries = task.record["logs"]
        try:
            for entry in entries:
                if entry["ends_with_task"]:
                    self._logs.collect(entry["files"])
        except OSError:
            self.discard(entries, None)
            raise

    def discard(self, entries: Iterable[Entry], task: Task | None) -> None:
        """End the logs of a task that did not start, but not those of one that has taken its name."""
        for entry in entries:
            log = self._logs.get(entry["files"])
            if log is not None and entry["ends_with_task"] and log.writer in {None, task}:
                self._release(entry["files"])

    def watch(self, task: Task) -> None:
        """Take note of the task that writes to its logs from here on."""
        for entry in task.record.get("logs", ()):
            self._watch(entry, task)

    def _watch(self, entry: Entry, task: Task) -> None:
        log = self._find(entry["files"], lambda: self._watch(entry, task), running=True)
        if log is not None:
            log.writer = task

    def ended(self, task: Task) -> None:
        """End the logs that end with a task, and those that nobody is going to release."""
        for entry in task.record.get("logs", ()):
            self._end(entry, task)

    def _end(self, entry: Entry, task: Task) -> None:
        log = self._find(entry["files"], lambda: self._end(entry, task), running=False)
        if log is None or log.writer not in {None, task}:  # the next attempt's by now
            return
        if entry["ends_with_task"]:
            self._release(entry["files"])
        else:
            self._end_unless_owned(log)

    def collect(self, files: Files, owner: object) -> None:
        """Begin to pump a log for its owner; one of a task that can't be opened yet is tried again anyway."""
        try:
            self._logs.collect(files).owner = owner
        except OSError:
            if key_of(files) not in self._barred:
                raise
            self._barred[key_of(files)].owner = owner

    def release(self, files: Files) -> None:
        """End a log; OSError where that has to wait for the disk, or until it can be opened."""
        barred = self._barred.get(key_of(files))
        if barred is not None and self._logs.get(files) is None:
            barred.owner = None  # it ends with its task
            raise barred.error
        self._logs.release(files)

    def disown(self, owner: object) -> None:
        """Take note that an embedder is gone; logs whose task has ended end, unless it comes back."""
        for barred in self._barred.values():
            barred.owner = None if barred.owner is owner else barred.owner
        for log in self._logs.owned_by(owner):
            log.owner = None
            if log.writer is not None and log.writer.ended:
                self._end_unless_owned(log)

    def take_up(self, tasks: Iterable[Task], given_up: Iterable[Task]) -> None:
        """Collect again what an earlier supervisor collected, and end the logs of what never ran."""
        for task in sorted(tasks, key=lambda each: each.ended):  # what runs has its logs before others
            if task.ended:
                self.ended(task)
            else:
                self.watch(task)
        for task in given_up:
            self.ended(task)

    def _find(self, files: Files, again: Callable[[], None], *, running: bool) -> Log | None:
        """Give a log that is collected, or was by a supervisor that died over it; None for one released.

        None, too, where it can't be opened; then ``again`` is called later.
        """
        barred = self._barred.pop(key_of(files), None)
        if (log := self._logs.get(files)) is not None:
            return log
        if not (running if direct(files) else any(map(os.path.lexists, intakes(files)))):
            return None
        try:
            log = self._logs.collect(files)
        except OSError as error:
            if barred is None:
                complain(files, error)
            self._barred[key_of(files)] = _Barred(error, again, barred.owner if barred else None)
            self._try_later()
            return None
        log.owner = barred.owner if barred else None
        return log

    def _try_later(self) -> None:
        if not self._trying:
            self._trying = True
            self._loop.after(_AGAIN_SECONDS, self._try_again)

    def _try_again(self) -> None:
        self._trying = False
        for barred in list(self._barred.values()):
            barred.again()

    def _release(self, files: Files) -> None:
        try:
            self._logs.release(files)
        except OSError as error:
            complain(files, error)

    def _end_unless_owned(self, log: Log) -> None:
        def end() -> None:
            if self._logs.get(log.files) is log and log.owner is None:
                self._release(log.files)

        self._loop.after(_PATIENCE_SECONDS, end)


class _Barred:
    """A log that could not be opened: why, what to do about it later, and who had it collected."""

    def __init__(self, error: OSError, again: Callable[[], None], owner: object) -> None:
        self.error = error
        self.again = again
        self.owner = owner


def _entry(files: Files, *, ends_with_task: bool = False) -> Entry:
    return {"files": files, "ends_with_task": ends_with_task}
