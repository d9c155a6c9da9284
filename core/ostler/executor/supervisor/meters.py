"""Hold tasks to what is counted or measured rather than denied: their output and their disk."""

from __future__ import annotations

import os
import stat

from ostler.executor.supervisor.disks import Disk, Disks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ostler.executor.supervisor.log import Log
    from ostler.executor.supervisor.logs import Logs
    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.task import Task
    from ostler.executor.supervisor.tasks import Tasks

_LOOK_SECONDS = 0.1


class Meters:
    """The meters of the tasks that run; what they hold a task to stands in its record as ``meter``."""

    def __init__(self, loop: Loop, tasks: Tasks, logs: Logs) -> None:
        self._loop = loop
        self._tasks = tasks
        self._logs = logs
        self._disks = Disks(loop)
        self._outputs: dict[str, Task] = {}
        self._sources: dict[str, Log | None] = {}
        self._looking = False
        logs.grew = self._grown

    def prepare(self, task: Task) -> None:
        """Take note of what the outputs hold before the task is there: only what is added is the task's."""
        meter = task.record["meter"]
        if "outputs" in meter:
            meter["before"] = {path: self._written(path) for path in meter["outputs"]}

    def uncounted(self, task: Task) -> str:
        """Name an output whose bytes nobody here sees: a FIFO that somebody else reads."""
        paths: list[str] = task.record["meter"].get("outputs", [])
        return next((path for path in paths if self._logs.at(path) is None and _is_special(path)), "")

    def begin(self, task: Task) -> None:
        """Begin to hold a task."""
        meter = task.record.get("meter") or {}
        if "disk" in meter:
            disk = Disk(
                meter,
                lambda: self._tasks.holders(task),
                lambda message: self._tasks.kill(task, "disk_limit", message),
            )
            self._disks.begin(task.id, disk)
        for path in meter.get("before", ()):
            self._outputs[path] = task
            self._sources[path] = self._logs.at(path)
        if "before" in meter and not self._looking:
            self._looking = True
            self._look()

    def end(self, task: Task) -> None:
        """Hold it no more."""
        self._disks.end(task.id)
        for path in (task.record.get("meter") or {}).get("before", ()):
            self._outputs.pop(path, None)
            self._sources.pop(path, None)

    def stats(self, task: Task) -> dict[str, int]:
        """Give what is known of a task's output and disk."""
        meter = task.record.get("meter") or {}
        found = {"output_bytes": self._output(meter)} if "before" in meter else {}
        used = self._disks.used(task.id)
        return found if used is None else {**found, "disk_bytes": used.disk_bytes, "inodes": used.inodes}

    def _grown(self, log: Log) -> None:
        """Hear that bytes of a log have come."""
        for path in (log.files.get("fifo"), log.files.get("spool")):
            task = self._outputs.get(path or "")
            if path and task is not None:
                self._sources[path] = log
                self._check(task)

    def _look(self) -> None:
        """Look at the outputs that are files, and so announce nothing."""
        self._looking = bool(self._outputs)
        if self._looking:
            silent = {task.id: task for path, task in self._outputs.items() if not self._sources[path]}
            for task in silent.values():
                self._check(task)
            self._loop.after(_LOOK_SECONDS, self._look)

    def _check(self, task: Task) -> None:
        meter = task.record["meter"]
        written = self._output(meter)
        if written > meter["output_bytes"]:
            self.end(task)
            allowed = meter["output_bytes"]
            message = f"output limit: {written} bytes written, where {allowed} are allowed"
            self._tasks.kill(task, "output_limit", message)

    def _output(self, meter: dict[str, Any]) -> int:
        return sum(max(0, self._written(path) - before) for path, before in meter["before"].items())

    def _written(self, path: str) -> int:
        log = self._sources.get(path) or self._logs.at(path)
        if log is not None:
            return log.segments.end - log.segments.skipped
        try:
            found = os.stat(path)
        except OSError:
            return 0
        return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _is_special(path: str) -> bool:
    return os.path.exists(path) and not os.path.isfile(path)
