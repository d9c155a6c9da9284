"""A driver that is right: it simulates all that the kit asks for, and keeps every sentence."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from attrs import evolve, frozen

from ostler import hookimpl
from ostler.drivers import (
    Capabilities,
    Duration,
    Ended,
    Enforcement,
    Exit,
    Finding,
    LimitSupport,
    Reason,
    Stats,
    Task,
    TaskHandle,
    setting,
)
from ostler_drivers.mock_driver import MockDriver, MockTaskSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext

LONG_SECONDS = 60
ROOTS = {"alloc": "shared", "local": "local", "secrets": "secrets"}


@frozen(kw_only=True)
class RightSettings(MockTaskSettings):
    """A task's config: the real things that a simulated one pretends to do."""

    busy: bool = setting(help="Whether it uses a processor.", default=False)
    echo: bool = setting(help="Whether it writes what it reads.", default=False)
    directory: bool = setting(help="Whether it writes where it is.", default=False)
    environ: tuple[str, ...] = setting(help="The variables that it writes.", default=())
    files: tuple[str, ...] = setting(help="The files that it makes.", default=())
    memory_mb: int = setting(help="How much memory it takes.", default=0)
    numbers: int = setting(help="Up to which number it counts.", default=0)
    processes: int = setting(help="How many processes it starts.", default=0)
    pids_limit: int | None = setting(help="How many it may have.", default=None, limit="pids")
    timeout: Duration | None = setting(help="How long it may last.", default=None, limit="timeout")


class Right(MockDriver):
    """Keeps every sentence; implements every hook."""

    breaks: ClassVar[str] = ""
    task_settings = RightSettings
    capabilities = Capabilities(
        signals=True,
        execute=True,
        stdin=True,
        limits=LimitSupport(
            memory=Enforcement.WATCHED, pids=Enforcement.ENFORCED, timeout=Enforcement.WATCHED
        ),
        widened_by=frozenset(),
    )

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.folder: Path = context.state_directory

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        config = task.config
        for name in config.files:
            self.write(task, name)
        reason, changes = self.fate(task)
        plan = {field.name: getattr(config, field.name) for field in attrs.fields(MockTaskSettings)}
        plan |= {"stdout_string": self.stdout(task), "stderr_string": self.stderr(task), **changes}
        handle = super().start(evolve(task, config=MockTaskSettings(**plan)))
        return evolve(handle, state={**handle.state, "reason": reason, "busy": config.busy})

    @hookimpl
    def stats(self, handle: TaskHandle) -> Stats:
        self._task(handle)
        used = time.time() - handle.state["started"] if handle.state["busy"] else 0.0
        return Stats(cpu_user_seconds=used, cpu_system_seconds=0.0, memory_bytes=0, pids=0)

    @hookimpl
    def doctor(self) -> list[Finding]:
        return [Finding("clock", well=True, found="it ticks")]

    @hookimpl
    def explain(self, handle: TaskHandle, end: Exit) -> Exit | None:
        return evolve(end, message="the clock says so") if handle.state else None

    def write(self, task: Task, name: str) -> None:
        """Make one of the files of a task."""
        root, _, rest = name.partition("/")
        path = Path(getattr(task.directories, ROOTS[root]), rest)
        if not path.exists() or path.stat().st_mode & 0o222:
            path.write_text(name)

    def stdout(self, task: Task) -> str:
        """Say what a task writes to stdout."""
        config = task.config
        values = "".join(f"{task.environment.get(name, '')}\n" for name in config.environ)
        place = f"{task.directories.task}\n" if config.directory else ""
        read = self.read(task) if config.echo else ""
        dots = "." * min(config.processes, config.pids_limit or config.processes)
        return f"{read}{config.stdout_string}{values}{place}{self.numbers(config.numbers)}{dots}"

    def read(self, task: Task) -> str:
        """Read what a task reads; who holds its FIFO leaves only when the task runs, so no end is awaited."""
        reader = os.open(task.stdin_path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return os.read(reader, 1 << 16).decode(errors="surrogateescape")
        finally:
            os.close(reader)

    def stderr(self, task: Task) -> str:
        """Say what a task writes to stderr."""
        return f"{task.config.stderr_string}{self.numbers(task.config.numbers)}"

    def numbers(self, last: int) -> str:
        """Count."""
        return "".join(f"{number}\n" for number in range(1, last + 1))

    def fate(self, task: Task) -> tuple[str, dict[str, Any]]:
        """Say for which limit a task is killed, if for any, and what that changes of its config."""
        config = task.config
        if config.memory_mb > task.resources.memory_mb:
            return Reason.OOM.value, {"run_for": 0.0, "exit_signal": 9}
        if config.timeout is not None and config.timeout < config.run_for:
            return Reason.TIMEOUT.value, {"run_for": config.timeout, "exit_signal": 9}
        return "", {"run_for": LONG_SECONDS} if config.busy else {}

    def told(self, end: Exit, handle: TaskHandle) -> Exit:
        """Tell the end of a task: when it was killed for a limit, with that as its reason."""
        reason = handle.state["reason"]
        return evolve(end, reason=reason) if reason and end.reason is Reason.SIGNALED else end

    def _ends(self, handles: Sequence[TaskHandle]) -> list[Ended]:
        known = {handle.task_id: handle for handle in handles}
        ends = super()._ends(handles)
        return [Ended(each.task_id, self.told(each.exit, known[each.task_id])) for each in ends]
