"""The tasks of a supervisor: their lives from a request to the record of their end."""

from __future__ import annotations

import time

from ostler.executor.supervisor.outcome import WITH_ITS_TASK, decide, inherit, lost, never_started
from ostler.executor.supervisor.task import ENDED, RUNNING, Task, entry, kept, new_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.cores import Cores
    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.records import Records
    from ostler.executor.supervisor.roles import Backend, Meters, Reply
    from ostler.executor.supervisor.slot import End, Handle

_LEASH_SECONDS, _MOMENT_SECONDS = 10.0, 0.05
_BOUND_SECONDS = 5.0  # for what was killed to be gone; longer than it takes to kill an init too


class Tasks:
    """All tasks of one data directory."""

    def __init__(self, loop: Loop, records: Records, boot_id: str) -> None:
        self._loop = loop
        self._records = records
        self._boot_id = boot_id
        self._tasks: dict[str, Task] = {}
        self._insides: dict[str, list[Task]] = {}
        self._backend: Backend
        self.meters: Meters
        self._cores: Cores | None = None
        self.changed: Callable[[], None] = lambda: None
        self.given_up: list[Task] = []
        self.lingering = 0  # how many tasks, forgotten by now, left what is removed as soon as it can be
        self.beginning: Callable[[Task], None] = lambda _: None
        self.concluding: Callable[[Task], None] = lambda _: None

    def load(self, backend: Backend) -> None:
        """Take up what an earlier supervisor left."""
        self._backend = backend
        for record in self._records.load():
            self._add(Task(record))
        # What runs inside a task ends before it does, and has to be known by then.
        for task in sorted(self._tasks.values(), key=lambda task: not task.inside):
            if task.ended:
                task.record["process"] = task.record.get("process") or self._backend.process(task)
                self._backend.discard(task)
                self._desert_later(task)
            else:
                self._take_up(task)

    @property
    def running(self) -> int:
        """How many have not ended, or left something that is still being removed."""
        return sum(not task.ended or task.clearing for task in self._tasks.values()) + self.lingering

    @property
    def cores(self) -> Cores:
        """Who has reserved which processors; only a supervisor on Linux is ever asked."""
        if self._cores is None:
            from ostler.executor.supervisor.cores import Cores

            self._cores = Cores(self.all)
        return self._cores

    def all(self) -> list[Task]:
        """List all that are known, the ended too."""
        return list(self._tasks.values())

    def hosts(self) -> list[str]:
        """List those that are no commands inside another task."""
        return [task.id for task in self._tasks.values() if not task.inside]

    def entry(self, task: Task) -> dict[str, Any] | None:
        """Give what a command inside the task needs; None when the task has ended."""
        return None if task.ended else entry(self._records.entry(task.record))

    def desert(self, task: Task) -> None:
        """End a command inside a task which nobody listens to any more, and forget one that has ended."""
        if not task.inside or task.listeners:
            return
        if task.ended:
            self._remove(task)
        else:
            self.kill(task, "stopped", "whoever ran it is gone")

    def _desert_later(self, task: Task) -> None:
        """Give whoever ran it time to come back to a new supervisor."""
        if task.inside:
            self._loop.after(_LEASH_SECONDS, lambda: self.desert(task))

    def find(self, name: str) -> Task | None:
        """Find a task by its id."""
        return self._tasks.get(name)

    def start(self, name: str, order: dict[str, Any], reply: Reply) -> Task | None:
        """Start a task; the reply comes once its command runs, or has failed to."""
        if name in self._tasks:
            reply({"error": f"a task {name!r} was already started; every attempt needs a new id"})
            return None
        if reserved := order.get("reserved"):
            if conflict := self.cores.conflict(name, reserved):
                reply({"busy": conflict})
                return None
            self.cores.free(name)
        host = self._tasks.get(order.get("inside", ""))
        if order.get("inside") and (host is None or not host.runs):
            reply({"error": f"task {order['inside']!r} does not run, so nothing can be run in it"})
            return None
        task = Task(new_record(name, order, self._boot_id))
        if uncounted := self.meters.uncounted(task):
            reply({"error": f"output_bytes can't be held: what {uncounted} takes is read by somebody else"})
            return None
        self.meters.prepare(task)
        self._add(task)
        try:
            self._records.save(task.record, None if task.inside else kept(order))
            self.beginning(task)
            self._backend.launch(task, order, lambda answer: self._launched(task, answer, reply))
        except Exception:
            self._come_to_nothing(task)
            raise
        return task

    def started(self, task: Task, process: dict[str, Any]) -> None:
        """Take note of the process that stands for the task; it wrote that down itself, in its slot."""
        task.record.update(state=RUNNING, process=process)

    def record_process(self, task: Task, process: dict[str, Any]) -> None:
        """Write down the process of a task that can't do it itself."""
        self.started(task, process)
        self._records.note(task.record, "state", "process")

    def slot_path(self, task: Task) -> str:
        """Name the file that the task's end is written to by whoever learns of it."""
        return self._records.slot_path(task.record)

    def slot(self, task: Task) -> tuple[Handle | None, End | None]:
        """Read what was written there."""
        return self._records.slot(task.record)

    def recorded_status(self, task: Task) -> int | None:
        """Read the wait status that was written there."""
        _, end = self.slot(task)
        return None if end is None else end.status

    def stop(self, task: Task, number: int, grace_seconds: float, reply: Reply) -> None:
        """Signal, and kill after the grace; the reply comes when all is gone."""
        if task.ended:
            reply({})
            return
        grace_seconds = max(0.0, grace_seconds)
        self._note_cause(task, "stopped", "", grace_seconds)
        self._await_end(task, grace_seconds, reply)
        if grace_seconds:
            self._backend.signal(task, number)
            self._backend.wake(task)
        self._kill_later(task, grace_seconds)

    def _kill_later(self, task: Task, seconds: float) -> None:
        self._loop.after(seconds, lambda: None if task.ended else self._backend.kill(task))

    def _note_cause(self, task: Task, reason: str, message: str, grace_seconds: float = 0.0) -> None:
        """Write down, whoever comes to bring it about, when the end is to come at the latest and for what."""
        cause, kill_at = task.record.get("cause"), time.monotonic() + grace_seconds
        if not cause or kill_at < task.record.get("kill_at", 0.0):
            task.record.update(cause=cause or {"reason": reason, "message": message}, kill_at=kill_at)
            self._records.note(task.record, "cause", "kill_at")

    def _await_end(self, task: Task, grace_seconds: float, reply: Reply) -> None:
        """Reply when all is gone, or when it can't be killed in time."""
        waiting = [True]

        def gone() -> None:
            if waiting:
                waiting.clear()
                reply({})

        def late() -> None:
            if waiting:
                waiting.clear()
                reply({"busy": f"it was killed, and does not end: {self._backend.stuck(task)}"})

        task.waiting.append(gone)
        self._loop.after(grace_seconds + _BOUND_SECONDS, late)

    def signal(self, task: Task, number: int) -> None:
        """Send a signal; an ended task is left alone."""
        if not task.ended:
            self._backend.signal(task, number)

    def stats(self, task: Task) -> dict[str, Any]:
        """Measure; nothing is known of one that has ended or is not there yet."""
        return {**self._backend.stats(task), **self.meters.stats(task)} if task.runs else {}

    def holders(self, task: Task) -> list[str]:
        """Name the directories of the kernel's that list what its processes have open."""
        return self._backend.holders(task) if task.runs else []

    def forget(self, task: Task, reply: Reply) -> None:
        """Remove the record; a running task is killed first."""
        if task.ended and not task.clearing:
            self._remove(task)
            reply({})
            return
        task.waiting.append(lambda: self._remove(task))
        self._await_end(task, 0.0, reply)
        if not task.ended:
            self.kill(task, "stopped", "it was forgotten while it ran")

    def kill(self, task: Task, reason: str, message: str) -> None:
        """Kill the whole tree, for a reason that becomes the exit's."""
        self._note_cause(task, reason, message)
        self._backend.kill(task)

    def ended(self, task: Task, status: int | None) -> None:
        """Take note of an end; called by the backend, once.  What was run inside ends first."""
        task.clearing = True
        if task.inside and status is None:
            inherit(task, self._tasks.get(task.inside), self.slot)
            self._loop.after(_MOMENT_SECONDS, lambda: self._end(task, status))
            return
        left = [each for each in self._insides.get(task.id, ()) if not each.ended]
        going = list(left)

        def gone() -> None:
            going.pop()  # one that has ended, or whose launch came to nothing
            if not going:
                self._end(task, status)

        for each in left:
            each.waiting.append(gone)
            self.kill(each, **WITH_ITS_TASK)
        if not left:
            self._end(task, status)

    def _end(self, task: Task, status: int | None) -> None:
        outcome = decide(task, status, self._backend, self.slot)

        def gone() -> None:
            task.clearing = False
            if not task.ended:
                self._conclude(task, outcome)
            self._over(task)

        if status is not None and task.record["pid_namespace"]:
            self._conclude(task, outcome)  # none of its processes is left, and only removing its groups is
        self._backend.clean(task, gone)

    def _conclude(self, task: Task, outcome: dict[str, Any]) -> None:
        self.meters.end(task)
        task.record.update(state=ENDED, exit=outcome)
        self._records.note(task.record, "state", "exit")
        self.concluding(task)
        task.tell()

    def _over(self, task: Task) -> None:
        task.release()
        self._desert_later(task)
        self.changed()

    def _launched(self, task: Task, answer: dict[str, Any], reply: Reply) -> None:
        if answer:
            reply(answer)  # which ends its logs, while its record still names them
            self._come_to_nothing(task)
            return
        self._watch_over(task)
        reply({"ok": task.view()})

    def _come_to_nothing(self, task: Task) -> None:
        """Remove all that there is of a task that did not start; who found it meanwhile is told an end."""
        task.record.update(state=ENDED, exit=never_started())
        self._backend.discard(task)
        self._remove(task)
        task.tell()
        task.release()
        self.changed()

    def _take_up(self, task: Task) -> None:
        process = task.record.get("process") or self._backend.process(task)
        if process is None:
            self._give_up(task)
            return
        self.started(task, process)
        if task.record["boot_id"] != self._boot_id and self.recorded_status(task) is None:
            self._conclude(task, lost("the machine was restarted while it ran"))
            self._over(task)
        elif task.record["boot_id"] != self._boot_id:
            self.ended(task, self.recorded_status(task))
        elif self._backend.adopt(task):
            self._watch_over(task)
            if task.record.get("cause"):  # whoever was about to kill it died over that
                self._kill_later(task, max(0.0, task.record.get("kill_at", 0.0) - time.monotonic()))
        else:
            self.ended(task, self.recorded_status(task))

    def _give_up(self, task: Task) -> None:
        """Remove what is left of a task whose command never ran, all but its record, which names its logs."""
        self._backend.discard(task)
        self._drop(task)
        self.given_up.append(task)

    def forget_given_up(self) -> None:
        """Remove the records of tasks whose command never ran."""
        for task in self.given_up:
            self._records.remove(task.record)
        self.given_up.clear()

    def _watch_over(self, task: Task) -> None:
        self.meters.begin(task)
        self._desert_later(task)
        deadline = task.record["deadline"]
        if deadline is None:
            return
        message = f"it ran longer than {task.record['timeout_seconds']:g} s"

        def expire() -> None:
            if not task.ended:
                self.kill(task, "timeout", message)

        self._loop.after(max(0.0, deadline - time.monotonic()), expire)

    def _add(self, task: Task) -> None:
        self._tasks[task.id] = task
        if task.inside:
            self._insides.setdefault(task.inside, []).append(task)

    def _remove(self, task: Task) -> None:
        for each in self._insides.pop(task.id, ()):
            self._remove(each)
        self._drop(task)
        self._records.remove(task.record)

    def _drop(self, task: Task) -> None:
        if self._tasks.get(task.id) is not task:  # its id was used again
            return
        del self._tasks[task.id]
        if task.inside in self._insides:
            self._insides[task.inside].remove(task)
