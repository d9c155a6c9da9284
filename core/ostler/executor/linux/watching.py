"""Hold tasks to their memory and their number of processes where no cgroup does, by measuring them."""

from __future__ import annotations

from ostler.executor.linux import proc
from ostler.executor.linux.calm import Calm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.task import Task
    from ostler.executor.supervisor.tasks import Tasks

_LOOK_SECONDS = 0.075


class Watching:
    """Look at those of the ``running`` tasks, by their ids, that are to be watched, while there are any."""

    def __init__(self, loop: Loop, tasks: Tasks, running: Collection[str]) -> None:
        self._loop = loop
        self._tasks = tasks
        self._running = running
        self._calm = Calm()
        self._going = False

    def begin(self) -> None:
        """Take note of a task that has begun."""
        self._calm.end()
        if not self._going:
            self._going = True
            self._loop.after(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """Measure all, unless nothing on the machine can have grown."""
        known = [self._tasks.find(name) for name in list(self._running)]
        watched = [task for task in known if task is not None and task.record["watch"]]
        if not self._calm.lasts():
            for task in watched:
                self._check(task)
            self._calm.begin()
        self._going = bool(watched)
        if self._going:
            self._loop.after(_LOOK_SECONDS, self._look)

    def _check(self, task: Task) -> None:
        init = task.record["process"]["pid"]
        found = proc.measure(init)
        pids = task.record["watch"].get("pids")
        memory = task.record["watch"].get("memory_bytes")
        if pids is not None and found["pids"] > pids:
            message = f"pids limit: {found['pids']} processes and threads, where {pids} are allowed"
            self._tasks.kill(task, "pids_limit", message)
        elif memory is not None and found["memory_bytes"] > memory:
            self._check_memory(task, init, memory)

    def _check_memory(self, task: Task, init: int, limit: int) -> None:
        used = proc.own_memory(init)
        if used > limit:
            message = f"memory limit: {used} bytes in use, where {limit} are allowed"
            self._tasks.kill(task, "oom", message)
