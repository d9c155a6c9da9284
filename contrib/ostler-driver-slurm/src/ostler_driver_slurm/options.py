"""The options with which a task is handed to sbatch."""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Final

from ostler.drivers import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.drivers import Task
    from ostler_driver_slurm.settings import SlurmSettings, SlurmTaskSettings

_NAME_LENGTH: Final = 100
_PLAIN: Final = re.compile(r"[\w./+@:,-]+", re.ASCII)  # nothing that sbatch would replace in a file's name


def options(task: Task, settings: SlurmSettings, *, comment: str, said_path: str) -> list[str]:
    """Give sbatch's options for a task; ``said_path`` is where Slurm's daemons may say what they do to it."""
    found = [
        f"--job-name={job_name(task)}",
        f"--comment={comment}",
        f"--chdir={task.directories.task}",
        # What sbatch itself is given is all that is exported: NONE would run the user's login files on the
        # node, for seconds, and hold the job when they fail.
        "--export=ALL",
        "--open-mode=append",
        "--output=/dev/null",
        f"--error={said_path if _PLAIN.fullmatch(said_path) else '/dev/null'}",
    ]
    return [
        *found,
        *_identity(task),
        *_placement(task.config, settings),
        *_amounts(task),
        *_further(task.config),
    ]


def job_name(task: Task) -> str:
    """Name the job as the task, as far as Slurm's tables can show it."""
    name = "".join(letter if letter.isprintable() else "_" for letter in task.name)
    return name[:_NAME_LENGTH] or "task"


def account_of(user: str) -> tuple[str, int, int]:
    """Return name, uid and gid of a user by name or uid; RefusedError for one that is unknown."""
    import pwd

    try:
        found = pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
    except KeyError as error:
        msg = f"user: there is no user {user!r} here; Slurm runs jobs as users that every node knows"
        raise RefusedError(msg) from error
    return found.pw_name, found.pw_uid, found.pw_gid


def foreign_user(user: str) -> bool:
    """Tell whether a job names somebody else than who runs Ostler."""
    return bool(user) and account_of(user)[1] != os.geteuid()


def _identity(task: Task) -> Iterator[str]:
    if foreign_user(task.user):
        name, _, group = account_of(task.user)
        yield f"--uid={name}"
        yield f"--gid={group}"  # or the job would have root's


def _placement(config: SlurmTaskSettings, settings: SlurmSettings) -> Iterator[str]:
    for name in ("partition", "account", "qos"):
        chosen = getattr(config, name) or getattr(settings, name)
        if chosen:
            yield f"--{name}={chosen}"
    yield f"--nodes={config.nodes}"
    yield f"--ntasks={config.ntasks}"
    if config.gres:
        yield f"--gres={config.gres}"
    yield "--requeue" if config.requeue else "--no-requeue"


def _amounts(task: Task) -> Iterator[str]:
    resources, config = task.resources, task.config
    if resources.cores:
        yield f"--cpus-per-task={resources.cores}"
    # A default is not asked for: the cluster has its own.
    if resources.asked & {"memory", "memory_max"} and resources.memory_limit_bytes is not None:
        yield f"--mem={math.ceil(resources.memory_limit_bytes / 2**20)}M"
    if config.time_limit is not None:
        yield f"--time={math.ceil(config.time_limit / 60)}"  # Slurm counts minutes; the driver the rest


def _further(config: SlurmTaskSettings) -> Iterator[str]:
    for name, value in config.options.items():
        yield f"--{name}={value}" if value else f"--{name}"
