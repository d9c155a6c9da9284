"""Launch and watch tasks as only Linux can: namespaces, pidfds, cgroups."""

from __future__ import annotations

import os
import signal

from ostler.executor.linux import inside, tree
from ostler.executor.linux.gauges import Gauges
from ostler.executor.linux.groups import Groups
from ostler.executor.linux.launch import Launch, LaunchError, launch
from ostler.executor.linux.title import Title
from ostler.executor.supervisor.loop import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.tasks import Reply, Task, Tasks

_WATCH_SECONDS = 0.075
_LAST_RESORT_SECONDS = 2.0
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.005, 0.25


class Running:
    """What the backend holds of a running task: descriptors of its init and of its main process."""

    def __init__(self, init: int, main: int) -> None:
        self.init = init
        self.pidfd = os.pidfd_open(init)
        self.main_pidfd = _open_main(init, main)

    def close(self) -> None:
        """Close the descriptors."""
        for descriptor in (self.pidfd, self.main_pidfd):
            if descriptor is not None:
                os.close(descriptor)


class Backend:
    """The backend of a supervisor on Linux."""

    def __init__(self, loop: Loop, tasks: Tasks) -> None:
        self._loop = loop
        self._tasks = tasks
        self._running: dict[str, Running] = {}
        self._watching = False
        self._title = Title()
        self._gauges = Gauges()

    def launch(self, task: Task, order: dict[str, Any], done: Reply) -> None:
        """Clone, write down the init, let it go, and wait for word from it."""
        if order.get("inside"):
            self._enter(task, order, done)
            return
        try:
            begun = launch(order, self._tasks.slot_path(task), lambda: self._show(task))
        except LaunchError as error:
            done({"failed": error.failure})
            return
        start_time = tree.start_time(begun.pid) or 0
        self._tasks.record_process(task, {"pid": begun.pid, "start_time": start_time})
        begun.go()
        self._loop.watch(begun.status.fileno(), READ, lambda _: self._hear(task, begun, done))

    def _enter(self, task: Task, order: dict[str, Any], done: Reply) -> None:
        """Run a command in another task, which runs."""
        host = self._running.get(order["inside"])
        if host is None:
            done({"error": f"task {order['inside']!r} does not run any more, or not yet"})
            return
        processes = (host.init, *tree.children(host.init))
        try:
            begun = inside.launch(order, processes, self._tasks.slot_path(task), lambda: self._show(task))
        except LaunchError as error:
            done({"failed": error.failure})
            return
        self._loop.watch(begun.status.fileno(), READ, lambda _: self._hear_within(task, begun, done))

    def _hear_within(self, task: Task, begun: inside.Entry, done: Reply) -> None:
        known = begun.known
        self._hear(task, begun, done)
        if begun.known and not known:
            start_time = tree.start_time(begun.pid) or 0
            self._tasks.record_process(task, {"pid": begun.pid, "start_time": start_time})
            begun.go()

    def adopt(self, task: Task) -> bool:
        """Take up a task whose init still lives."""
        process = task.record["process"]
        if tree.start_time(process["pid"]) != process["start_time"]:
            return False
        self._begin(task, process["pid"], tree.first_child(process["pid"]))
        return True

    def signal(self, task: Task, number: int) -> None:
        """Signal the main process."""
        running = self._running.get(task.id)
        if running is not None:
            _send(running.main_pidfd if running.main_pidfd is not None else running.pidfd, number)

    def kill(self, task: Task) -> None:
        """Kill the main process: the init kills the rest; and the init itself when that takes too long."""
        if not task.record["pid_namespace"]:
            Groups(task.record["cgroups"]).kill()
        self.signal(task, signal.SIGKILL)
        running = self._running.get(task.id)
        if running is not None:
            self._loop.after(_LAST_RESORT_SECONDS, lambda: self._kill_init(task, running))

    def stats(self, task: Task) -> dict[str, Any]:
        """Measure by cgroup, and by /proc what no cgroup counts."""
        return self._gauges.sample(task.id, task.record["cgroups"], task.record["process"]["pid"])

    def clean(self, task: Task) -> int:
        """Remove the cgroups."""
        self._gauges.close(task.id)
        groups = Groups(task.record["cgroups"])
        oom_kills = groups.oom_kills()
        groups.remove()
        return oom_kills

    def discard(self, task: Task) -> None:
        """Remove the cgroups of a launch that failed."""
        Groups(task.record["cgroups"]).discard()

    def begun(self, task: Task) -> bool:
        """Tell whether the init left the mark that it makes before the command runs."""
        handle, _ = self._tasks.slot(task)
        return handle is not None and handle.begun

    def lost(self, task: Task) -> str:
        """Say why the end is not known."""
        return f"its init (process {task.record['process']['pid']}) was killed before it could record the end"

    def _show(self, task: Task) -> None:
        self._title.show(f"ostler-init {task.id}")

    def _hear(self, task: Task, begun: Launch, done: Reply) -> None:
        try:
            if not begun.receive():
                return
        except LaunchError as error:
            self._silence(begun)
            os.waitpid(begun.pid, 0)
            done({"failed": error.failure})
            return
        self._silence(begun)
        self._begin(task, begun.pid, begun.main)
        done({})

    def _silence(self, begun: Launch) -> None:
        self._loop.unwatch(begun.status.fileno())
        begun.close()

    def _begin(self, task: Task, init: int, main: int) -> None:
        running = self._running[task.id] = Running(init, main)
        self._loop.watch(running.pidfd, READ, lambda _: self._end(task))
        if running.main_pidfd is None:
            self._look_for_end(task, running)
        else:
            self._loop.watch(running.main_pidfd, READ, lambda _: self._main_ended(task, running))
        if task.record["watch"] and not self._watching:
            self._watching = True
            self._loop.after(_WATCH_SECONDS, self._watch)

    def _main_ended(self, task: Task, running: Running) -> None:
        self._unwatch(running.main_pidfd)
        self._look_for_end(task, running)

    def _look_for_end(self, task: Task, running: Running, pause: float = _SHORTEST_PAUSE_SECONDS) -> None:
        """See whether the init lives on only for the log, which a slow reader or a full disk may hold up."""
        if self._running.get(task.id) is not running:
            return
        _, end = self._tasks.slot(task)
        if end is None or not end.holding:
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
        _reap(running.pidfd)
        running.close()

    def _unwatch(self, descriptor: int | None) -> None:
        if descriptor is not None:
            self._loop.unwatch(descriptor)

    def _kill_init(self, task: Task, running: Running) -> None:
        if self._running.get(task.id) is running:
            _send(running.pidfd, signal.SIGKILL)

    def _watch(self) -> None:
        """Measure the tasks whose limits no cgroup holds, as long as there are any."""
        watched = [self._tasks.find(name) for name in list(self._running)]
        pending = [task for task in watched if task is not None and task.record["watch"]]
        for task in pending:
            self._check(task)
        self._watching = bool(pending)
        if self._watching:
            self._loop.after(_WATCH_SECONDS, self._watch)

    def _check(self, task: Task) -> None:
        init = task.record["process"]["pid"]
        found = tree.measure(init)
        pids = task.record["watch"].get("pids")
        memory = task.record["watch"].get("memory_bytes")
        if pids is not None and found["pids"] > pids:
            message = f"pids limit: {found['pids']} processes and threads, where {pids} are allowed"
            self._tasks.kill(task, "signaled", message)
        elif memory is not None and found["memory_bytes"] > memory:
            self._check_memory(task, init, memory)

    def _check_memory(self, task: Task, init: int, limit: int) -> None:
        used = tree.own_memory(init)
        if used > limit:
            message = f"memory limit: {used} bytes in use, where {limit} are allowed"
            self._tasks.kill(task, "oom", message)


def make_backend(loop: Loop, tasks: Tasks) -> Backend:
    """Make the backend of this platform."""
    return Backend(loop, tasks)


def _open_main(init: int, main: int) -> int | None:
    """Open the main process, as long as it is surely the init's child."""
    if main == 0:
        return None
    try:
        descriptor = os.pidfd_open(main)
    except OSError:
        return None
    if main in tree.descendants(init):
        return descriptor
    os.close(descriptor)
    return None


def _reap(pidfd: int) -> None:
    try:
        os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
    except ChildProcessError:
        return


def _send(pidfd: int, number: int) -> None:
    try:
        signal.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        return
