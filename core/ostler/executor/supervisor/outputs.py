"""Which logs a task writes to: found again after a supervisor's death, and ended in time."""

from __future__ import annotations

import os

from ostler.executor.supervisor.logs import complain, direct, intakes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ostler.executor.supervisor.log import Log
    from ostler.executor.supervisor.logs import Files, Logs
    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.task import Task

    Entry = dict[str, Any]

# An embedder that lost its supervisor, and one that was started again, are back long before.
_PATIENCE_SECONDS = 2.0


class Outputs:
    """The logs of the tasks.

    A task's record holds an entry for each: its ``files``, and whether it ends with the task.  Any other
    ends when it is released, or, where whoever had it collected is gone for good, some time after its task.
    """

    def __init__(self, loop: Loop, logs: Logs) -> None:
        self._loop = loop
        self._logs = logs

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
            log = self._find(entry["files"], running=True)
            if log is not None:
                log.writer = task

    def ended(self, task: Task) -> None:
        """End the logs that end with a task, and those that nobody is going to release."""
        for entry in task.record.get("logs", ()):
            log = self._find(entry["files"], running=False)
            if log is None or log.writer not in {None, task}:  # the next attempt's by now
                continue
            if entry["ends_with_task"]:
                self._release(entry["files"])
            else:
                self._end_unless_owned(log)

    def disown(self, owner: object) -> None:
        """Take note that an embedder is gone; logs whose task has ended end, unless it comes back."""
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

    def _find(self, files: Files, *, running: bool) -> Log | None:
        """Give a log that is collected, or was by a supervisor that died over it; None for one released."""
        if (log := self._logs.get(files)) is not None:
            return log
        if not (running if direct(files) else any(map(os.path.lexists, intakes(files)))):
            return None
        try:
            return self._logs.collect(files)
        except OSError as error:
            complain(files, error)
            return None

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


def _entry(files: Files, *, ends_with_task: bool = False) -> Entry:
    return {"files": files, "ends_with_task": ends_with_task}
