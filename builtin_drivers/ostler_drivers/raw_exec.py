"""The `raw_exec` driver: a command of the host with no isolation, off unless the operator enables it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from ostler.drivers import (
    Capabilities,
    Fingerprint,
    Health,
    ProcessHooks,
    RefusedError,
    hookimpl,
    setting,
)
from ostler.executor import Command, Isolation, Tier
from ostler_drivers import host_limits
from ostler_drivers.denied_ids import DeniedIds, refuse_denied
from ostler_drivers.host_command import (
    CommandSettings,
    find_command,
    launch,
    refuse_bad_config,
)

if TYPE_CHECKING:
    from ostler.drivers import DriverContext, Task, TaskHandle

_REMEDY = 'write plugin "raw_exec" { config { enabled = true } } in the agent\'s configuration'


@frozen(kw_only=True)
class RawExecSettings(DeniedIds):
    """The ``config`` of ``plugin "raw_exec"``."""

    enabled: bool = setting(
        default=False,
        help="Whether tasks may run on the host with no isolation at all.",
    )
    pids_limit: int = setting(
        default=0, help="How many processes and threads one task may have; 0 for no limit."
    )


class RawExec(ProcessHooks):
    """Run a command on the host as it is, within the limits that cgroups can hold."""

    settings = RawExecSettings
    task_settings = CommandSettings
    capabilities: ClassVar = Capabilities(
        signals=True,
        stdin=True,
        execute=True,
        limits=host_limits.BEST,
    )

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self._settings: RawExecSettings = context.settings

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        """Report undetected until the operator enables the driver."""
        if not self._settings.enabled:
            return Fingerprint(health=Health.UNDETECTED, reason="disabled", remedy=_REMEDY)
        host = self.context.executor.host()
        limits = host_limits.offered(host.limits)
        reason = f"no isolation, cgroups {host.cgroups}; {host_limits.in_words(limits)}"
        return Fingerprint(health=Health.HEALTHY, reason=reason, limits=limits)

    @hookimpl
    def validate(self, task: Task) -> None:
        """Refuse everything while disabled, and what the types of the settings can't express."""
        if not self._settings.enabled:
            msg = f"driver 'raw_exec' is disabled; {_REMEDY}"
            raise RefusedError(msg)
        refuse_bad_config(task.config, self._settings.pids_limit, self.context)
        refuse_denied(self.context, task.user)

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        """Start the command in the task's directory."""
        refuse_denied(self.context, task.user)
        places = [(place, place) for place in (task.directories.local, task.directories.task)]
        command = Command(
            id=task.id,
            argv=(find_command(task, places), *task.config.args),
            env=task.environment,
            cwd=task.directories.task,
            user=task.user,
            stdin=task.stdin_path,
            stdout=task.stdout_path,
            stderr=task.stderr_path,
            isolation=Isolation(minimum=Tier.NONE),
            limits=host_limits.limits_of(task, self._settings.pids_limit, self.context),
            disk=(task.directories.task,),
            best_effort=True,
        )
        return launch(self.context, task, command)
