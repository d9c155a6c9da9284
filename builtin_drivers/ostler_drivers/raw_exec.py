"""The `raw_exec` driver: a command of the host with no isolation, off unless the operator enables it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

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
from ostler_drivers.command_settings import CommandSettings
from ostler_drivers.denied_ids import DeniedIds, refuse_denied
from ostler_drivers.host_command import (
    find_command,
    launch,
    refuse_bad_config,
)
from ostler_drivers.surroundings import without

if TYPE_CHECKING:
    from ostler.drivers import DriverContext, Task, TaskHandle

_MOST_OOM_SCORE: Final = 1000
_REMEDY: Final = 'write plugin "raw_exec" { config { enabled = true } } in the agent\'s configuration'


@frozen(kw_only=True)
class RawExecSettings(DeniedIds):
    """The ``config`` of ``plugin "raw_exec"``."""

    enabled: bool = setting(
        default=False,
        help="Whether tasks may run on the host with no isolation at all.",
    )
    pids_limit: int = setting(
        default=0,
        validator=host_limits.is_no_less_than_zero,
        help="How many processes and threads one task may have; 0 for no limit.",
    )
    denied_envvars: tuple[str, ...] = setting(
        default=(), help='Variables that no task gets, as patterns such as "AWS_*".'
    )


@frozen(kw_only=True)
class RawExecTaskSettings(CommandSettings):
    """A task's ``config``: the command, what it may use, and where in the host it runs."""

    cgroup_v2_override: str = setting(
        default="",
        help="An existing cgroup of version 2 to run in, below the top of the hierarchy or absolute. The "
        "task gets none of its own then: memory and pids are watched, and what else holds is set there.",
        example="custom.slice/web.scope",
    )
    cgroup_v1_override: tuple[Mapping[str, str], ...] = setting(
        default=(),
        help="Existing cgroups of version 1 to run in, by controller, likewise. Of both only one may be set.",
    )
    oom_score_adj: int = setting(
        default=0,
        help="How much likelier, up to 1000, the task is to be ended when the machine's memory runs out. "
        "A score that Ostler has itself can't be lowered without CAP_SYS_RESOURCE.",
    )
    denied_envvars: tuple[str, ...] = setting(
        default=(), help='Variables that the task does not get, as patterns such as "AWS_*".'
    )


class RawExec(ProcessHooks):
    """Run a command on the host as it is, within the limits that cgroups can hold."""

    settings = RawExecSettings
    task_settings = RawExecTaskSettings
    capabilities: ClassVar = Capabilities(
        signals=True,
        stdin=True,
        execute=True,
        limits=host_limits.BEST,
        widened_by=frozenset(),
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
        refuse_bad_overrides(task)
        refuse_denied(self.context, task.user)

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        """Start the command in the task's directory."""
        refuse_denied(self.context, task.user)
        places = [(place, place) for place in (task.directories.local, task.directories.task)]
        denied = (*self._settings.denied_envvars, *task.config.denied_envvars)
        limits = host_limits.limits_of(task, self._settings.pids_limit, self.context)
        command = Command(
            id=task.id,
            argv=(find_command(task, places), *task.config.args),
            env=host_limits.told(without(task.environment, denied), limits),
            cwd=task.config.work_dir or task.directories.task,
            user=task.user,
            stdin=task.stdin_path,
            stdout=task.stdout_path,
            stderr=task.stderr_path,
            isolation=Isolation(minimum=Tier.NONE),
            limits=limits,
            disk=(task.directories.task,),
            best_effort=True,
            cgroups=overrides(task.config),
            oom_score_adj=task.config.oom_score_adj,
        )
        return launch(self.context, task, command)


def overrides(config: RawExecTaskSettings) -> dict[str, str]:
    """Give the cgroups that a task names, by controller, that of version 2 as ``unified``."""
    if config.cgroup_v2_override:
        return {"unified": config.cgroup_v2_override}
    return {name: path for each in config.cgroup_v1_override for name, path in each.items()}


def refuse_bad_overrides(task: Task) -> None:
    """Refuse what the types of the settings can't express; RefusedError names everything at once."""
    config: RawExecTaskSettings = task.config
    wrong = []
    if config.cgroup_v2_override and config.cgroup_v1_override:
        wrong.append("config: only one of cgroup_v1_override and cgroup_v2_override may be set")
    if not 0 <= config.oom_score_adj <= _MOST_OOM_SCORE:
        wrong.append(
            f"config.oom_score_adj: must be from 0 to {_MOST_OOM_SCORE}, found {config.oom_score_adj}"
        )
    lost = sorted(task.resources.asked & {"cores", "memory_max"})
    if overrides(config) and (lost or config.cpu_hard_limit) and not task.limits_best_effort:
        names = ", ".join([*lost, *(["cpu_hard_limit"] if config.cpu_hard_limit else [])])
        wrong.append(
            f"config: {names} can't be held for a task that runs in a cgroup of its choice; leave them out, "
            'or write limits = "best_effort" in plugin "raw_exec" { }'
        )
    if wrong:
        raise RefusedError("\n".join(wrong))
