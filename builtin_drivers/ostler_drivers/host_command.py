"""What `exec` and `raw_exec` do alike with a command of the job: refuse it, find it, start it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ostler.drivers import RefusedError, TaskHandle, expand
from ostler_drivers import host_limits
from ostler_drivers.chmod import make_executable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext, Task
    from ostler.executor import Command
    from ostler_drivers.command_settings import CommandSettings


def refuse_bad_config(config: CommandSettings, pids_limit: int, context: DriverContext) -> None:
    """Refuse what the types of the settings can't express."""
    wrong = []
    if not config.command.strip():
        wrong.append("config.command: empty; name the program to run")
    if "\0" in config.command or any("\0" in word for word in config.args):
        wrong.append("config: a command line can't hold a NUL byte")
    if config.work_dir and not config.work_dir.startswith("/"):
        wrong.append(f"config.work_dir: must be an absolute path, found {config.work_dir!r}")
    wrong += host_limits.problems(config, pids_limit, context)
    if wrong:
        raise RefusedError("\n".join(wrong))


def launch(context: DriverContext, task: Task, command: Command) -> TaskHandle:
    """Start ``command`` and wrap its process in a handle."""
    process = context.executor.start(command)
    for remark in process.remarks:
        context.emit(task.id, remark, {})
    return TaskHandle(
        task_id=task.id,
        driver=context.name,
        process=process,
        attributes={"pid": str(process.pid)},
    )


def find_command(task: Task, places: Sequence[tuple[str, str]]) -> str:
    """Look the task's command up as Nomad does, and return the path or name to start.

    ``$NAME`` and ``${NAME}`` are replaced from the task's environment; in the arguments they belong to the
    shell.  ``places`` are the task's own directories, each with its name as the task sees it; what is in
    none of them is left as written, for the task's ``PATH``.  A file in them is made executable.
    """
    command = expand(task.config.command, task.environment)
    for host, inside in places:
        below = _below(command, inside)
        if below and Path(host, below).is_file():
            make_executable(host, below)
            return str(PurePosixPath(inside, below))
    return command


def _below(command: str, place: str) -> str:
    """Give the path below a directory; a relative one is below any, and an absolute one maybe not."""
    if not command.startswith("/"):
        return command
    prefix = place.rstrip("/") + "/"
    return command[len(prefix) :] if command.startswith(prefix) else ""
