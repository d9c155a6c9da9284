"""A driver that leaves things on the machine, and a host of it in a process of its own, to be killed."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from ostler import Client, hookimpl
from ostler.drivers import Exit, Fingerprint, Health, Reason, TaskHandle, poll_each, setting
from ostler.drivers.settings import Located
from ostler.executor import Command
from ostler.jobs import Group, Job, JobTask, Restart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ostler.drivers import DriverContext, Ended, StopRequest, Task
    from ostler.runner.events import Event


@frozen
class Nothing:
    """No settings."""


@frozen(kw_only=True)
class TaskSettings:
    stuck: bool = setting(default=False, help="Whether the start never returns once the thing is there.")
    short: bool = setting(default=False, help="Whether the task ends at once.")


class Lingering:
    """Each task is a file, the thing, that outlives its process; the file ``swept`` has a line a sweep."""

    settings = Nothing
    task_settings = TaskSettings
    seconds: ClassVar = 0.0

    def __init__(self, context: DriverContext) -> None:
        self.name = context.name
        self.things = context.state_directory

    def thing(self, task_id: str) -> Path:
        return self.things / task_id.replace("/", ".")

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self, task: Task) -> None:
        """Find nothing wrong."""

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.thing(task.id).write_text("short" if task.config.short else "")
        while task.config.stuck:
            time.sleep(0.05)
        return TaskHandle(task_id=task.id, driver=self.name)

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        self.thing(handle.task_id).unlink(missing_ok=True)

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        return poll_each(handles, timeout_seconds, self.poll)

    def poll(self, handle: TaskHandle) -> Exit | None:
        if not self.thing(handle.task_id).exists():
            return Exit(code=143, signal=15, reason=Reason.STOPPED)
        return Exit(code=0) if self.thing(handle.task_id).read_text() else None

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        return TaskHandle(task_id=handle.task_id, driver=self.name, attributes={"recovered": "yes"})

    @hookimpl
    def sweep(self, known: Sequence[TaskHandle]) -> None:
        with (self.things / "swept").open("a") as swept:
            print(*(f"{each.task_id}:{dict(each.attributes)}" for each in known), sep=",", file=swept)
        if self.seconds:
            time.sleep(self.seconds)
        kept = {self.thing(each.task_id) for each in known} | {self.things / "swept"}
        for path in set(self.things.iterdir()) - kept:
            path.unlink()

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        self.thing(handle.task_id).unlink(missing_ok=True)


class SweepsForLong(Lingering):
    seconds: ClassVar = 2.0


class SweepsUntilToldEnough(Lingering):
    @hookimpl
    def sweep(self, known: Sequence[TaskHandle]) -> None:
        while not (self.things / "enough").exists():
            time.sleep(0.02)


class CannotSweep(Lingering):
    @hookimpl
    def sweep(self, known: Sequence[TaskHandle]) -> None:
        message = "no broom"
        raise OSError(message)


class Bare:
    """Only what every driver has to have; each task is a process of half a second."""

    settings = Nothing
    task_settings = TaskSettings

    def __init__(self, context: DriverContext) -> None:
        self.context = context

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self, task: Task) -> None:
        """Find nothing wrong."""

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        command = Command(id=task.id, argv=("sleep", "0.5"), env=task.environment)
        process = self.context.executor.start(command)
        return TaskHandle(task_id=task.id, driver=self.context.name, process=process)

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        assert handle.process is not None
        self.context.executor.stop(handle.process, grace_seconds=request.grace_seconds)


class TellsHandles(Lingering):
    """Notes with what handle each hook is called, as ``hook recovered`` or ``hook`` alone."""

    told: ClassVar[list[str]] = []

    def note(self, hook: str, handle: TaskHandle) -> None:
        self.told.append(" ".join([hook, *handle.attributes]))

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        self.note("recover", handle)
        return super().recover(handle)

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        self.note("wait", handles[0])
        return super().wait(handles, timeout_seconds)

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        self.note("stop", handle)
        super().stop(handle, request)

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        self.note("destroy", handle)
        super().destroy(handle)


def job(driver: str = "lingering", **config: Any) -> Job:  # noqa: ANN401 - the settings of a task
    task = JobTask(
        name="t",
        driver=driver,
        config=Located(value=config),
        restart=Restart(attempts=0),
        kill_timeout_seconds=0.1,
        path="t",
    )
    group = Group(name="g", tasks=(task,), path="g")
    return Job(id="j", name="j", type="batch", groups=(group,), path="j")


def main() -> None:
    """Run a job in DATA with a KIND of driver, whose task is ``stuck`` or not, until killed."""
    data, kind, manner = sys.argv[1:]
    with Client(data_dir=data, drivers={"lingering": globals()[kind]}) as client:
        client.run(job(stuck=manner == "stuck"), on_event=told)


def told(event: Event) -> None:
    sys.stdout.write(f"{event.type}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
