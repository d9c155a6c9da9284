"""Launch and watch tasks as only Linux can: namespaces, pidfds, cgroups."""

from __future__ import annotations

import os
import signal

from ostler.executor.linux import entrance, proc
from ostler.executor.linux.gauges import Gauges
from ostler.executor.linux.groups import Groups
from ostler.executor.linux.launch import choose
from ostler.executor.linux.launched import Launched, LaunchError
from ostler.executor.linux.running import Running
from ostler.executor.supervisor.loop import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.linux.watching import Watching
    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.roles import Reply
    from ostler.executor.supervisor.slot import Handle
    from ostler.executor.supervisor.task import Task
    from ostler.executor.supervisor.tasks import Tasks

_LAST_RESORT_SECONDS = 2.0
_ROUNDS, _MOST_NAMED, _REMOVALS = 20, 3, 10
# Most tasks that end at once are over by then, and it costs them nothing.
_SETTLED_SECONDS = 0.05
_NO_HOST = "task {!r} does not run, so nothing can be run in it"
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.005, 0.25


class Backend:
    """The backend of a supervisor on Linux."""

    def __init__(self, loop: Loop, tasks: Tasks) -> None:
        self._loop = loop
        self._tasks = tasks
        self._running: dict[str, Running] = {}
        self._watching: Watching | None = None
        self._gauges = Gauges()
        self._launcher = choose(loop)
        self._entrance = entrance.Entrance(loop)
        self._early: dict[str, list[int]] = {}

    def launch(self, task: Task, order: dict[str, Any], done: Reply) -> None:
        """Have it launched, and watch what becomes of it."""

        def told(answer: Launched | LaunchError) -> None:
            self._told(task, answer, done)

        host = self._running.get(order.get("inside", ""))
        if order.get("inside") and host is None:
            done({"error": _NO_HOST.format(order["inside"])})
            return
        self._early[task.id] = []
        try:
            if host is None:
                self._launcher.launch(order, self._tasks.slot_path(task), task.id, told)
            else:
                processes = (host.init, *proc.children(host.init))
                self._entrance.enter(order, processes, self._tasks.slot_path(task), task.id, told)
        except Exception:
            del self._early[task.id]
            raise

    def _told(self, task: Task, answer: Launched | LaunchError, done: Reply) -> None:
        early = self._early.pop(task.id)
        if isinstance(answer, LaunchError):
            lost = self._lost_host(task)
            done({"error": _NO_HOST.format(task.inside)} if lost else {"failed": answer.failure})
            return
        self._tasks.started(task, _process(answer))
        self._begin(task, Running(answer.pid, answer.pidfd, answer.main))
        done({})
        for number in early:
            if number == signal.SIGKILL:
                self.kill(task)
            else:
                self.signal(task, number)

    def _lost_host(self, task: Task) -> bool:
        """Tell whether the task that this one is a command inside of has ended, or is just ending."""
        host = self._tasks.find(task.inside)
        running = self._running.get(task.inside)
        if host is None or running is None:
            return bool(task.inside)
        return running.killed or running.is_over or self._tasks.slot(host)[1] is not None

    def adopt(self, task: Task) -> bool:
        """Take up a task whose init still lives: the process that wrote the handle, and no later one."""
        wrote = task.record["process"]
        try:
            pidfd = os.pidfd_open(wrote["pid"])
        except OSError:
            return False
        found = os.fstat(pidfd).st_ino
        same = found == wrote.get("inode", found)  # which earlier releases did not write down
        if not same or proc.start_time(wrote["pid"]) != wrote["start_time"]:
            os.close(pidfd)
            return False
        self._begin(task, Running(wrote["pid"], pidfd, 0))
        return True

    def process(self, task: Task) -> dict[str, int] | None:
        """Give the process that stood for a task, as that wrote it down itself; None where none ever did."""
        handle, _ = self._tasks.slot(task)
        return None if handle is None or not handle.begun else _process(handle)

    def signal(self, task: Task, number: int) -> None:
        """Signal the main process, as soon as there is one."""
        running = self._running.get(task.id)
        if running is None:
            self._early.get(task.id, []).append(number)
            return
        running.signal(number)

    def wake(self, task: Task) -> None:
        """Have a task that was stopped or frozen go on, so that it can act on a signal."""
        Groups(task.record["cgroups"]).thaw()
        self.signal(task, signal.SIGCONT)

    def kill(self, task: Task) -> None:
        """Kill the main process: the init kills the rest; and the init itself when that takes too long.

        A launch under way is let come to its end first: killed in its midst, it would be a start that failed.
        """
        if task.record["pid_namespace"] or task.id in self._early:
            Groups(task.record["cgroups"]).thaw()
        else:
            Groups(task.record["cgroups"]).kill()
        self.signal(task, signal.SIGKILL)
        running = self._running.get(task.id)
        if running is not None:
            running.killed = True
            self._loop.after(_LAST_RESORT_SECONDS, lambda: self._kill_init(task, running))

    def stats(self, task: Task) -> dict[str, Any]:
        """Measure by cgroup, and by /proc what no cgroup counts."""
        return self._gauges.sample(task.id, task.record["cgroups"], task.record["process"]["pid"])

    def holders(self, task: Task) -> list[str]:
        """Name the directories that list what its processes have open."""
        return [f"/proc/{pid}/fd" for pid in proc.descendants(task.record["process"]["pid"])]

    def oom_kills(self, task: Task) -> int:
        """Count the processes that the kernel killed for memory."""
        return Groups(task.record["cgroups"]).oom_kills()

    def clean(self, task: Task, done: Callable[[], None]) -> None:
        """Remove the cgroups."""
        self._gauges.close(task.id)
        self._remove(task, done)

    def _remove(self, task: Task, done: Callable[[], None], pause: float = _SHORTEST_PAUSE_SECONDS) -> None:
        """Remove them; what was killed takes its time to be gone on a busy machine, but not for ever."""
        if Groups(task.record["cgroups"]).remove():
            done()
        elif pause < _LONGEST_PAUSE_SECONDS:
            longer = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._loop.after(pause, lambda: self._remove(task, done, longer))
        else:
            self._tasks.lingering += 1
            done()
            self._remove_late(task, Groups.remove, _REMOVALS)

    def _remove_late(self, task: Task, remove: Callable[[Groups], bool], tries: int) -> None:
        """Go on with nobody waiting for it."""
        if tries and not self._replaced(task) and not remove(Groups(task.record["cgroups"])):
            self._loop.after(_LONGEST_PAUSE_SECONDS, lambda: self._remove_late(task, remove, tries - 1))
            return
        self._tasks.lingering -= 1
        self._tasks.changed()

    def _replaced(self, task: Task) -> bool:
        """Tell whether the id was used again, and so are the cgroups."""
        return self._tasks.find(task.id) not in {None, task}

    def discard(self, task: Task) -> None:
        """Remove the cgroups where nobody is in them; whoever was about to begin there is gone soon."""
        self._discard(task, _SHORTEST_PAUSE_SECONDS)

    def _discard(self, task: Task, pause: float) -> None:
        if self._replaced(task) or Groups(task.record["cgroups"]).discard():
            return
        if pause < _LONGEST_PAUSE_SECONDS:
            self._loop.after(pause, lambda: self._discard(task, 2 * pause))
        else:
            self._tasks.lingering += 1
            self._remove_late(task, Groups.discard, _REMOVALS)

    def lost(self, task: Task) -> str:
        """Say why the end is not known."""
        return f"its init (process {task.record['process']['pid']}) was killed before it could record the end"

    def _begin(self, task: Task, running: Running) -> None:
        self._running[task.id] = running
        self._loop.watch(running.pidfd, READ, lambda _: self._end(task))
        self._loop.after(_SETTLED_SECONDS, lambda: self._settle(task, running))
        if task.record["watch"]:
            self._watch()

    def _watch(self) -> None:
        """Watch one more task, which a cgroup spares most supervisors."""
        if self._watching is None:
            from ostler.executor.linux.watching import Watching

            self._watching = Watching(self._loop, self._tasks, self._running)
        self._watching.begin()

    def _settle(self, task: Task, running: Running) -> None:
        """Watch the main process of a task that stays: its init may live on, for the log."""
        if self._running.get(task.id) is not running:
            return
        main = running.open_main()
        if main is None:
            self._look_for_end(task, running)
        else:
            self._loop.watch(main, READ, lambda _: self._main_ended(task, running))

    def _main_ended(self, task: Task, running: Running) -> None:
        self._unwatch(running.main_pidfd)
        self._look_for_end(task, running)

    def _look_for_end(self, task: Task, running: Running, pause: float = _SHORTEST_PAUSE_SECONDS) -> None:
        """See whether only the init lives on: for the log, which a slow reader or a full disk may hold up.

        Or for the last of its namespace to be reaped, which is another's to do where that ran inside the task
        and lost its supervisor, and may never be done.
        """
        if self._running.get(task.id) is not running:
            return
        _, end = self._tasks.slot(task)
        if end is None or not (end.holding or (task.record["pid_namespace"] and running.is_alone)):
            longer = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._loop.after(pause, lambda: self._look_for_end(task, running, longer))
            return
        del self._running[task.id]
        self._loop.watch(running.pidfd, READ, lambda _: self._let_go(running))
        self._tasks.ended(task, end.status)

    def _end(self, task: Task) -> None:
        self._let_go(self._running.pop(task.id))
        self._tasks.ended(task, self._tasks.recorded_status(task))

    def _let_go(self, running: Running) -> None:
        self._unwatch(running.pidfd)
        self._unwatch(running.main_pidfd)
        running.reap()
        running.close()

    def _unwatch(self, descriptor: int | None) -> None:
        if descriptor is not None:
            self._loop.unwatch(descriptor)

    def stuck(self, task: Task) -> str:
        """Say what is in the way of a task's end."""
        running = self._running.get(task.id)
        left = [] if running is None else [running.init, *proc.descendants(running.init)]
        stuck = [f"process {pid} is in state {proc.state(pid)}" for pid in left if proc.state(pid) in "DT"]
        return "; ".join(stuck[:_MOST_NAMED]) or f"{len(left)} processes are left"

    def _kill_init(self, task: Task, running: Running) -> None:
        """Kill an init that does not do its work, once it would leave nothing behind."""
        if self._running.get(task.id) is not running:
            return
        self._loop.after(_LAST_RESORT_SECONDS, lambda: self._kill_init(task, running))
        for _ in range(_ROUNDS):
            left = [pid for pid in proc.descendants(running.init) if proc.state(pid) not in "ZX"]
            for pid in left:
                proc.kill(pid)
            if not left:
                running.kill_init()
                return


def _process(found: Launched | Handle) -> dict[str, int]:
    return {"pid": found.pid, "start_time": found.start_time, "inode": found.inode}
