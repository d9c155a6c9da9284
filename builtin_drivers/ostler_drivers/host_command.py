"""What `exec` and `raw_exec` have in common: a command of the job, and its historic forms."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import frozen

from ostler.drivers import ArtifactField, Duration, RefusedError, Size, TaskHandle, Words, expand, setting
from ostler_drivers import host_limits
from ostler_drivers.chmod import make_executable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext, Task
    from ostler.executor import Command


@frozen(kw_only=True)
class CommandSettings:
    """A task's ``config``: the command and what it may use."""

    command: str = setting(
        help="The program to run: a path, or a name found in the task's local directory or its PATH. "
        "$NAME and ${NAME} of the task's environment are replaced.",
        example="/bin/echo",
    )
    args: Words = setting(
        default=(),
        help="Arguments: a list, one scalar, or one string that is split as a shell would.",
    )
    work_dir: str = setting(
        default="",
        help="The directory to start in: an absolute path, as the task sees it. By default the task's own.",
        example="/local",
    )
    timeout: Duration | None = setting(
        default=None,
        limit="timeout",
        help='Wall-clock time after which the task is ended with the reason timeout, such as "90s".',
    )
    pids_limit: int | None = setting(
        default=None,
        limit="pids",
        help="How many processes and threads the task may have; never more than the plugin's own limit.",
    )
    cpu_hard_limit: bool = setting(
        default=False,
        limit="cpu_hard",
        help="Whether resources.cpu is the most processor time that the task gets, even while nobody else "
        "wants it: its share of the machine's MHz. Reserved cores are a hard limit anyhow.",
    )
    open_files_limit: int | None = setting(
        default=None, limit="open_files", help="How many files each process of the task may have open."
    )
    core_limit: Size = setting(
        default=0,
        limit="core",
        help="How large the core dump of a process may become. By default none is written.",
        example="100MB",
    )
    disk_limit: Size | None = setting(
        default=None,
        limit="disk",
        help="How much disk the task's directory may take, with what was fetched into it. A task that takes "
        "more is ended with the reason disk_limit. What it writes to the shared alloc/ does not count.",
        example="500MB",
    )
    inodes_limit: int | None = setting(
        default=None,
        limit="inodes",
        help="How many files and directories the task's directory may hold. A task that makes more is ended "
        "with the reason disk_limit.",
    )
    output_limit: Size | None = setting(
        default=None,
        limit="output",
        help="How much the task may write to stdout and stderr together. A task that writes more is ended "
        "with the reason output_limit.",
        example="50MB",
    )
    artifact_source: str = setting(
        default="",
        artifact=ArtifactField(checksum="checksum", mode="file", destination="local/", executable=True),
        help="The URL of one file to fetch into local/ and make executable, as Nomad 0.2 had it; "
        "the artifact block can do more.",
    )
    checksum: str = setting(
        default="",
        help="What artifact_source must hash to: type:hex, the type md5, sha1, sha256 or sha512.",
    )


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
