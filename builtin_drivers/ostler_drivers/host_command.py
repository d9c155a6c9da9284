"""What `exec` and `raw_exec` have in common: a command of the job, its historic forms and its limits."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from ostler.drivers import (
    ArtifactField,
    Duration,
    Enforcement,
    LimitSupport,
    RefusedError,
    TaskHandle,
    Words,
    expand,
    setting,
)
from ostler.executor import Limits

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


def limits_of(task: Task, pids_limit: int) -> Limits:
    """Gather what the task may use; the plugin's pids limit (0: none) caps the task's own."""
    config: CommandSettings = task.config
    return Limits(
        memory_bytes=task.resources.memory_limit_bytes,
        memory_soft_bytes=task.resources.memory_soft_bytes,
        cpu_shares=task.resources.cpu_mhz,
        pids=config.pids_limit or pids_limit or None,
        timeout_seconds=config.timeout,
    )


def offered(held: LimitSupport, best: LimitSupport) -> LimitSupport:
    """Promise of what the executor holds here no more than the driver asks it for."""
    order = list(Enforcement)
    words = {
        field.name: max(getattr(held, field.name), getattr(best, field.name), key=order.index)
        for field in attrs.fields(LimitSupport)
    }
    return LimitSupport(**words)


def limits_in_words(support: LimitSupport) -> str:
    """Say how well each limit holds: ``cpu, memory enforced; pids watched``."""
    by_word: dict[str, list[str]] = {}
    for field in attrs.fields(LimitSupport):
        by_word.setdefault(str(getattr(support, field.name)), []).append(field.name)
    return "; ".join(f"{', '.join(names)} {word}" for word, names in by_word.items())


def refuse_bad_config(config: CommandSettings, pids_limit: int) -> None:
    """Refuse what the types of the settings can't express."""
    if not config.command.strip():
        msg = "config.command: empty; name the program to run"
        raise RefusedError(msg)
    if "\0" in config.command or any("\0" in word for word in config.args):
        msg = "config: a command line can't hold a NUL byte"
        raise RefusedError(msg)
    if config.timeout is not None and config.timeout <= 0:
        msg = f"config.timeout: must be longer than nothing, found {config.timeout:g} s"
        raise RefusedError(msg)
    if config.pids_limit is not None and not 0 < config.pids_limit <= (pids_limit or config.pids_limit):
        most = f"1 to {pids_limit}" if pids_limit else "at least 1"
        msg = f"config.pids_limit: found {config.pids_limit}, allowed is {most} (the plugin's pids_limit)"
        raise RefusedError(msg)


def launch(context: DriverContext, task: Task, command: Command) -> TaskHandle:
    """Start ``command`` and wrap its process in a handle."""
    process = context.executor.start(command)
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
    none of them is left as written, for the task's ``PATH``.
    """
    command = expand(task.config.command, task.environment)
    if not command.startswith("/"):
        for host, inside in places:
            if Path(host, command).is_file():
                return str(PurePosixPath(inside, command))
    return command
