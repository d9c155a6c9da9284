"""An Ostler driver that runs a shell script which stands in the job file."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ostler.drivers import (
    Capabilities,
    Fingerprint,
    Health,
    ProcessHooks,
    RefusedError,
    TaskHandle,
    hookimpl,
    setting,
)
from ostler.executor import Command, Isolation, Tier

if TYPE_CHECKING:
    from ostler.drivers import Task

SHELL: Final = "driver.example.shell"


@frozen(kw_only=True)
class ExampleSettings:
    """The ``config`` of ``plugin "example"``."""

    greeting: str = setting(help="A line that every task writes first; empty for none.", default="")


@frozen(kw_only=True)
class ExampleTaskSettings:
    """The ``config`` of a task."""

    script: str = setting(help="The script to run with /bin/sh.")


class Example(ProcessHooks):
    """Run a script as a plain process of the host, with no isolation at all."""

    settings = ExampleSettings
    task_settings = ExampleTaskSettings
    capabilities = Capabilities(signals=True, attributes={SHELL: "What runs scripts."})

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        """Be healthy wherever there is a shell, which is everywhere that Ostler runs."""
        return Fingerprint(health=Health.HEALTHY, attributes={SHELL: "/bin/sh"})

    @hookimpl
    def validate(self, task: Task) -> None:
        """Refuse a script that does nothing."""
        if not task.config.script.strip():
            msg = "config.script: empty; write the commands to run"
            raise RefusedError(msg)

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        """Start the script; the executor watches it from now on."""
        greeting = self.context.settings.greeting
        words = f"printf '%s\\n' {shlex.quote(greeting)}\n" if greeting else ""
        command = Command(
            id=task.id,
            argv=("/bin/sh", "-c", words + task.config.script),
            env=task.environment,
            cwd=task.directories.task,
            user=task.user,
            stdout=task.stdout_path,
            stderr=task.stderr_path,
            isolation=Isolation(minimum=Tier.NONE),
        )
        process = self.context.executor.start(command)
        return TaskHandle(task_id=task.id, driver=self.context.name, process=process)
