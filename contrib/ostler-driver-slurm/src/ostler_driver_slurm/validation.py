"""What is wrong with a task that its types can't say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ostler.drivers import RefusedError
from ostler_driver_slurm.options import foreign_user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.drivers import Task
    from ostler_driver_slurm.settings import SlurmSettings, SlurmTaskSettings


def refuse_wrong(task: Task, settings: SlurmSettings) -> None:
    """Refuse a task, with all that is wrong with it."""
    problems = [*_wrong_command(task.config), *_wrong_amounts(task), *_wrong_options(task.config, settings)]
    problems += _wrong_user(task)
    if problems:
        raise RefusedError("; ".join(problems))


def _wrong_command(config: SlurmTaskSettings) -> Iterator[str]:
    if bool(config.command.strip()) == bool(config.script.strip()):
        found = "both" if config.script.strip() else "neither"
        yield f"config: found {found} of command and script; write one of them"
    if any("\0" in word for word in (config.command, config.script, *config.args)):
        yield "config: a command line can't hold a NUL byte"


def _wrong_amounts(task: Task) -> Iterator[str]:
    config: SlurmTaskSettings = task.config
    if config.time_limit is not None and config.time_limit <= 0:
        yield f"config.time_limit: must be longer than nothing, found {config.time_limit:g} s"
    for name in ("nodes", "ntasks"):
        if getattr(config, name) < 1:
            yield f"config.{name}: must be at least 1, found {getattr(config, name)}"


def _wrong_options(config: SlurmTaskSettings, settings: SlurmSettings) -> Iterator[str]:
    for name, value in config.options.items():
        if name not in settings.allowed_options:
            allowed = ", ".join(settings.allowed_options) or "none"
            yield (
                f"config.options.{name}: the operator allows {allowed}; "
                'allowed_options in plugin "slurm" { config { } } can name it'
            )
        if "\0" in value:
            yield f"config.options.{name}: can't hold a NUL byte"


def _wrong_user(task: Task) -> Iterator[str]:
    if ":" in task.user:
        yield f"user: found {task.user!r}; Slurm gives a job its user's own groups, so write the user alone"
        return
    try:
        foreign = foreign_user(task.user)
    except RefusedError as error:
        yield str(error)
        return
    if foreign and os.geteuid() != 0:
        yield f"user: found {task.user!r}; only root may hand in jobs of others, so leave it out"
