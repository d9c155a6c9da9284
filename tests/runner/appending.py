"""A driver whose tasks append their output to files; run as a program, a host of such a task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from ostler import Client, hookimpl
from ostler.drivers import (
    Capabilities,
    Exit,
    Fingerprint,
    Health,
    Reason,
    Sink,
    TaskHandle,
    TaskStatus,
    poll_each,
    setting,
)
from ostler.drivers.settings import Located
from ostler.jobs import Group, Job, JobTask, Logs, Restart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext, Ended, StopRequest, Task


@frozen
class Nothing:
    """No settings."""


@frozen(kw_only=True)
class Script:
    """What a task does."""

    script: str = setting(help="What /bin/sh runs.")


class Appending:
    """Runs a script of which this process knows only the pid."""

    settings, task_settings = Nothing, Script
    capabilities = Capabilities(output=Sink.FILE)

    def __init__(self, context: DriverContext) -> None:
        self._name = context.name
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self) -> None:
        """Find nothing wrong."""

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        with Path(task.stdout_path).open("ab") as out, Path(task.stderr_path).open("ab") as err:
            words = ["/bin/sh", "-c", task.config.script]
            running = subprocess.Popen(words, stdout=out, stderr=err, start_new_session=True)
        self._running[task.id] = running
        return TaskHandle(task_id=task.id, driver=self._name, state={"pid": running.pid})

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> list[Ended]:
        return poll_each(handles, timeout_seconds, self._end)

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        assert request.grace_seconds >= 0
        os.killpg(handle.state["pid"], 9)

    @hookimpl
    def inspect(self, handle: TaskHandle) -> TaskStatus:
        return TaskStatus(running=Path(f"/proc/{handle.state['pid']}").exists())

    def _end(self, handle: TaskHandle) -> Exit | None:
        running = self._running.get(handle.task_id)
        code = 0 if running is None else running.poll()
        if code is None:
            return None
        return Exit(code=code) if code >= 0 else Exit(code=128 - code, signal=-code, reason=Reason.SIGNALED)


def job(script: str, *, attempts: int = 0, logs: Logs = Logs()) -> Job:  # noqa: B008 - frozen
    """Make a job of one task."""
    task = JobTask(
        name="t",
        driver="appending",
        config=Located(value={"script": script}),
        restart=Restart(attempts=attempts, interval_seconds=60, delay_seconds=0.01),
        logs=logs,
        path="t",
    )
    group = Group(name="g", tasks=(task,), path="group")
    return Job(id="j", name="j", type="batch", groups=(group,), path="job")


if __name__ == "__main__":
    with Client(data_dir=sys.argv[1], drivers={"appending": Appending}) as client:
        client.run(job(sys.argv[2], logs=Logs(max_file_mb=1)))
