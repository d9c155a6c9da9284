"""The `mock_driver` driver: simulates tasks inside this process, to try out what is round a driver."""

from __future__ import annotations

import re
import signal as signals
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import asdict, frozen

from ostler import hookimpl
from ostler.drivers import (
    Capabilities,
    Duration,
    Ended,
    ExecuteResult,
    Exit,
    Filesystem,
    Fingerprint,
    Health,
    Reason,
    RecoverableError,
    RefusedError,
    Stats,
    TaskHandle,
    TaskStatus,
    setting,
)
from ostler_drivers.mock_inside import MockInside, run_inside
from ostler_drivers.mock_task import MockCommand, MockTask, killed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext, ExecuteRequest, SignalRequest, StopRequest, Task

VERSION: Final = 1
JOIN_SECONDS: Final = 10.0
NO_EXIT: Final = (
    "a driver lives in the process of its host and can't exit alone; to see tasks recovered, end the host"
)


def _never(_: object, field: Any, value: object) -> None:  # noqa: ANN401 - attrs hands over a field
    if value:
        msg = f"{NO_EXIT}; leave {field.name} out"
        raise ValueError(msg, field)


@frozen
class MockPluginSettings:
    """The plugin block's ``config``."""

    fs_isolation: Literal["none", "chroot", "image"] = setting(
        help="The file system isolation to declare; it decides the paths in the tasks' environment.",
        default="none",
    )
    shutdown_periodic_after: bool = setting(
        help="Known from Nomad, where the driver is a process; refused here.", default=False, validator=_never
    )
    shutdown_periodic_duration: Duration = setting(
        help="Known from Nomad, where the driver is a process; refused here.", default=0.0, validator=_never
    )


@frozen(kw_only=True)
class MockTaskSettings(MockCommand):
    """A task's ``config``: what the simulated task does."""

    start_error: str = setting(help="The error that its start fails with.", default="")
    start_error_recoverable: bool = setting(
        help="Whether the restart policy may try a failed start again.", default=False
    )
    start_block_for: Duration = setting(help="How long its start takes.", default=0.0)
    kill_after: Duration = setting(help="How long it goes on after a polite stop.", default=0.0)
    plugin_exit_after: Duration = setting(
        help="Known from Nomad, where the driver is a process; refused here.", default=0.0, validator=_never
    )
    driver_ip: str = setting(help="An address to show among the task's attributes.", default="")
    driver_advertise: bool = setting(help="Whether that address is to be advertised.", default=False)
    driver_port_map: str = setting(help="A port to show among the attributes: label:port.", default="")
    exec_command: MockInside | None = setting(
        help="What a command run inside the task does; without it the command is written back.", default=None
    )


class MockDriver:
    """Simulates tasks on threads; a task's end is told by ``wait``, its past read from its handle."""

    settings = MockPluginSettings
    task_settings = MockTaskSettings
    capabilities = Capabilities(signals=True, execute=True)

    def __init__(self, context: DriverContext) -> None:
        self._context = context
        self._tasks: dict[str, MockTask] = {}
        self._changed = threading.Condition()

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        """Be healthy everywhere."""
        return Fingerprint(
            health=Health.HEALTHY,
            attributes={"driver.mock_driver": True},
            filesystem=Filesystem(self._context.settings.fs_isolation),
        )

    @hookimpl
    def validate(self, task: Task) -> None:
        """Refuse a port map that is none, and a signal that no process can die of."""
        config: MockTaskSettings = task.config
        if config.driver_port_map and not re.fullmatch(r"[^:]+:\d+", config.driver_port_map):
            msg = f"driver_port_map is {config.driver_port_map!r}; write label:port, such as 'http:8080'"
            raise RefusedError(msg)
        if not 0 <= config.exit_signal < signals.NSIG:
            msg = f"exit_signal is {config.exit_signal}; write a number from 1 to {signals.NSIG - 1}"
            raise RefusedError(msg)

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        """Start simulating, unless the task's config says that it fails."""
        config: MockTaskSettings = task.config
        time.sleep(config.start_block_for)
        if config.start_error:
            raise (RecoverableError if config.start_error_recoverable else RefusedError)(config.start_error)
        state = {
            "config": asdict(config),
            "started": time.time(),
            "outputs": [task.stdout_path, task.stderr_path],
        }
        handle = TaskHandle(
            task_id=task.id,
            driver=self._context.name,
            version=VERSION,
            state=state,
            attributes=_attributes(config),
        )
        self._simulate(handle, 0.0)
        return handle

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        """End the task after ``kill_after``, or by force when the grace is over."""
        if task := self._tasks.get(handle.task_id):
            polite = _number(request.signal or "SIGINT")
            kill_after = handle.state["config"]["kill_after"]
            forced = kill_after > request.grace_seconds
            task.end(
                killed(signals.SIGKILL if forced else polite, Reason.STOPPED),
                min(kill_after, request.grace_seconds),
            )
            task.join(request.grace_seconds + JOIN_SECONDS)

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        """Tell the ends, as soon as there is one."""
        with self._changed:
            self._changed.wait_for(lambda: self._ends(handles), timeout_seconds)
            return self._ends(handles)

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        """Go on simulating; the time that has passed since the start counts."""
        if handle.version != VERSION:
            msg = f"a handle of version {handle.version}; this driver reads version {VERSION}"
            raise RefusedError(msg)
        if handle.task_id not in self._tasks:
            self._simulate(handle, max(time.time() - handle.state["started"], 1e-9))
        return handle

    @hookimpl
    def sweep(self, known: Sequence[TaskHandle]) -> None:
        """End the simulated tasks that no handle knows."""
        for task_id in self._tasks.keys() - {handle.task_id for handle in known}:
            self._forget(task_id)

    @hookimpl
    def inspect(self, handle: TaskHandle) -> TaskStatus:
        """Say whether the task still runs."""
        found = self._task(handle).exit
        return TaskStatus(running=found is None, exit=found, attributes=handle.attributes)

    @hookimpl
    def stats(self, handle: TaskHandle) -> Stats:
        """Measure nothing, which is what a simulated task uses."""
        self._task(handle)
        return Stats(cpu_user_seconds=0.0, cpu_system_seconds=0.0, memory_bytes=0, pids=0)

    @hookimpl
    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        """Take a signal: SIGKILL ends the task, any other makes an event."""
        number, error = _number(request.signal), handle.state["config"]["signal_error"]
        if error:
            raise RefusedError(error)
        if number == signals.SIGKILL:
            self._task(handle).end(killed(number, Reason.SIGNALED))
        else:
            self._context.emit(handle.task_id, f"received {number.name}", {})

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        """Simulate ``exec_command``, or write the command back as Nomad's mock does."""
        name, words = handle.task_id.split("/")[-2], " ".join(request.command)
        planned = handle.state["config"]["exec_command"] or {"stdout_string": f'Exec("{name}", [{words}])'}
        return ExecuteResult(run_inside(MockInside(**planned), request))

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        """End the task if it runs, and forget it."""
        self._forget(handle.task_id)

    @hookimpl
    def close(self) -> None:
        """End the threads; the tasks go on in their handles."""
        for task in self._tasks.values():
            task.leave()

    def _simulate(self, handle: TaskHandle, elapsed_seconds: float) -> None:
        config = dict(handle.state["config"], exec_command=None)
        self._tasks[handle.task_id] = MockTask(
            MockTaskSettings(**config),
            tuple(handle.state["outputs"]),
            self._tell,
            name=handle.task_id,
            elapsed_seconds=elapsed_seconds,
        )

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _task(self, handle: TaskHandle) -> MockTask:
        if found := self._tasks.get(handle.task_id):
            return found
        msg = f"no task {handle.task_id!r} is known"
        raise RefusedError(msg)

    def _ends(self, handles: Sequence[TaskHandle]) -> list[Ended]:
        lost = Exit(code=-1, reason=Reason.LOST, message="no such task in this process")
        found = ((handle.task_id, self._tasks.get(handle.task_id)) for handle in handles)
        ends = ((task_id, task.exit if task else lost) for task_id, task in found)
        return [Ended(task_id, end) for task_id, end in ends if end]

    def _forget(self, task_id: str) -> None:
        if task := self._tasks.get(task_id):
            task.end(killed(signals.SIGKILL, Reason.STOPPED))
            task.join(JOIN_SECONDS)
            del self._tasks[task_id]


def _attributes(config: MockTaskSettings) -> dict[str, str]:
    found = {
        "driver_ip": config.driver_ip,
        "driver_advertise": "true" if config.driver_advertise else "",
        "driver_port_map": config.driver_port_map,
    }
    return {name: text for name, text in found.items() if text}


def _number(name: str) -> signals.Signals:
    try:
        return signals.Signals(int(name)) if name.isdecimal() else signals.Signals[name.upper()]
    except (KeyError, ValueError):
        msg = f"unknown signal {name!r}; write a name such as 'SIGHUP' or its number"
        raise RefusedError(msg) from None
