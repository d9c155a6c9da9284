"""Launch and watch tasks with what every Unix has: sessions, process groups, SIGCHLD."""

from __future__ import annotations

import os
import signal
import subprocess
import time

from ostler.executor.supervisor import complaint, slot
from ostler.executor.supervisor.folded import unfold
from ostler.executor.supervisor.listing import Listing, below
from ostler.executor.supervisor.loop import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop
    from ostler.executor.supervisor.roles import Reply
    from ostler.executor.supervisor.task import Task
    from ostler.executor.supervisor.tasks import Tasks


_PATIENCE_SECONDS = 0.5


class Backend:
    """The backend of a supervisor where nothing better is to be had."""

    def __init__(self, loop: Loop, tasks: Tasks) -> None:
        self._loop = loop
        self._tasks = tasks
        self._running: dict[str, tuple[Task, subprocess.Popen[bytes]]] = {}
        self._listings: dict[str, Listing] = {}
        self._wake()

    def launch(self, task: Task, order: dict[str, Any], done: Reply) -> None:
        """Start a process group of its own."""
        try:
            process = _popen(order)
        except _StepError as error:
            done({"failed": {"phase": error.phase, "index": error.index, "errno": error.errno}})
            return
        except OSError as error:
            done({"failed": {"phase": "exec", "index": 0, "errno": error.errno}})
            return
        self._running[task.id] = (task, process)
        self._tasks.record_process(task, {"pid": process.pid, "start_time": 0})
        done({})

    def adopt(self, task: Task) -> bool:
        """Take up nothing: only the parent of a process learns how it ended."""
        return task.ended

    def signal(self, task: Task, number: int) -> None:
        """Signal the main process."""
        if task.id in self._running:
            self._running[task.id][1].send_signal(number)

    def wake(self, task: Task) -> None:
        """Have a task that was stopped go on."""
        self.signal(task, signal.SIGCONT)

    def kill(self, task: Task) -> None:
        """Kill the process group, and below it those that have left it or may yet, and not their parent."""
        if task.id in self._running and task.id not in self._listings:
            self._listings[task.id] = Listing(self._loop, lambda listed: self._kill_listed(task, listed))

    def _kill_listed(self, task: Task, listed: bytes) -> None:
        del self._listings[task.id]
        pid = self._running[task.id][1].pid
        _kill_group(pid)  # first: a shell that saw its child die would end by itself
        for child, leads in below(pid, listed):
            _kill_group(child) if leads else _kill(child)
        self._reap()

    def stuck(self, task: Task) -> str:
        """Say what is in the way of a task's end."""
        return f"process {task.record['process']['pid']} does not die"

    def stats(self, _: Task) -> dict[str, Any]:
        """Know nothing."""
        return {}

    def holders(self, _: Task) -> list[str]:
        """Name none."""
        return []

    def oom_kills(self, _: Task) -> int:
        """Know of none."""
        return 0

    def clean(self, task: Task, done: Callable[[], None]) -> None:
        """Kill what is left of the process group, if this supervisor started it."""
        if task.id in self._running:
            _, process = self._running.pop(task.id)
            _clear_group(process.pid)
        done()

    def discard(self, task: Task) -> None:
        """Leave nothing to do: a launch that failed left nothing."""

    def process(self, task: Task) -> dict[str, int] | None:
        """Know no process but the one that was recorded."""
        return task.record.get("process")

    def lost(self, task: Task) -> str:
        """Say why the end is not known."""
        return f"its supervisor ended first; process group {task.record['process']['pid']} may still run"

    def _wake(self) -> None:
        """Have SIGCHLD wake the loop."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._loop.watch(reading, READ, lambda _: self._woken(reading))

    def _woken(self, reading: int) -> None:
        os.read(reading, 4096)
        self._reap()

    def _reap(self) -> None:
        """Take note, once, of who has ended; what is about to be killed keeps its number until it is."""
        for task, process in list(self._running.values()):
            code = None if task.id in self._listings else process.poll()
            if code is not None and not task.clearing:
                self._end(task, -code if code < 0 else code << 8)

    def _end(self, task: Task, status: int) -> None:
        try:
            with open(self._tasks.slot_path(task), "r+b") as target:
                slot.write_end(target.fileno(), slot.End(status=status, time_ns=time.time_ns()))
        except OSError as error:  # without its supervisor, no other task's end would be known either
            complaint.write(f"the end of {task.id} is known to this supervisor alone: {error.strerror}")
        self._tasks.ended(task, status)


def _popen(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    uid, gid, groups = order["user"] or (None, None, None)
    _look_at(order["cwd"])
    streams = _streams(order)
    try:
        return subprocess.Popen(
            order["argv"],
            executable=_executable(order),
            env=order["env"],
            cwd=order["cwd"],
            stdin=streams.get(0, subprocess.DEVNULL),
            stdout=streams[1],
            stderr=streams[2],
            start_new_session=True,
            umask=0o022,
            user=uid,
            group=gid,
            extra_groups=groups,
            preexec_fn=_take_terminal if order.get("tty") else None,  # noqa: PLW1509 - there are no threads
        )
    finally:
        _close(streams)


def _executable(order: dict[str, Any]) -> str:
    """Give the first candidate that can be executed, or else the last one for the kernel to refuse."""
    candidates: list[str] = order.get("candidates") or [order["executable"]]
    paths = [os.path.join(order["cwd"], path) for path in candidates]
    return next((path for path in paths if os.access(path, os.X_OK) and os.path.isfile(path)), paths[-1])


def _look_at(directory: str) -> None:
    """Tell a directory that can't be entered from a program that can't be executed."""
    try:
        os.close(os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except PermissionError:
        return  # one that can be entered need not be readable
    except OSError as error:
        phase = "enter"
        raise _StepError(phase, 0, error) from error


def _take_terminal() -> None:
    """Make the terminal on stdin this session's own."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class _StepError(OSError):
    """A step of the order can't be carried out: the ``index`` in its ``phase``."""

    def __init__(self, phase: str, index: int, error: OSError) -> None:
        super().__init__(error.errno, error.strerror)
        self.phase = phase
        self.index = index


def _streams(order: dict[str, Any]) -> dict[int, int]:
    """Open the standard streams, by their number."""
    opened: dict[int, int] = {}
    for index, step in enumerate(unfold(order)["build"]):
        try:
            opened[step["number"]] = _open(step, order["passed"])
        except OSError as error:
            _close(opened)
            phase = "build"
            raise _StepError(phase, index, error) from error
    return opened


def _open(step: dict[str, Any], passed: list[int]) -> int:
    if step["do"] == "take_passed":
        return os.dup(passed[step["index"]])
    writing = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    flags = writing if step["number"] else os.O_RDONLY
    descriptor = os.open(step["path"], flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o644)
    os.set_blocking(descriptor, True)
    return descriptor


def _close(streams: dict[int, int]) -> None:
    for descriptor in streams.values():
        os.close(descriptor)


def _clear_group(pid: int) -> None:
    """Kill a process group until nobody is in it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _kill_group(pid) and time.monotonic() < deadline:
        time.sleep(0.002)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _kill_group(pid: int) -> bool:
    """Kill a process group; False when there is none."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True
