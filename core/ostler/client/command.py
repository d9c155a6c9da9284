"""Run one command as a task, without a job file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.client.client import Client
from ostler.drivers.settings import Located
from ostler.drivers.values import Resources
from ostler.errors import DriverError, MistakeError, Problem
from ostler.runner.results import MISTAKE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ostler.client.results import Result
    from ostler.config import AgentConfig
    from ostler.executor.streams.feeding import Input
    from ostler.jobs import Job

_MIB = 1024 * 1024
_LEAST_MIB = 10  # as in a job file


def run(
    command: Sequence[str],
    *,
    driver: str = "exec",  # the one name of a driver that the core says: what `run` means without a word more
    memory: str | int | None = None,
    cpu_mhz: int = 100,
    timeout: float | str | None = None,
    env: Mapping[str, str] | None = None,
    user: str = "",
    stdin: Input | None = None,
    config: str | Path | AgentConfig | None = None,
    data_dir: str | Path | None = None,
) -> Result:
    """Run ``command`` to its end and return its output, exit code and reason.

    ``memory`` is a size such as ``"64MiB"`` or a number of bytes, rounded up to whole MiB; ``timeout``
    seconds or a duration such as ``"90s"``.  A limit that this machine can't hold is refused.  The task
    inherits nothing of the environment but PATH, LANG, LC_* and TZ; ``env`` adds to it.  ``stdin`` is what it
    reads: bytes, an open file such as ``sys.stdin``, or any stream of bytes; nothing by default.  Raises
    MistakeError for what the caller has to change and DriverError where a driver fails; the reason of a
    command that was run and failed stands in the result.
    """
    if isinstance(command, str) or not command:
        text = f"expected a list of words such as ['echo', 'hi'], found {command!r}"
        raise MistakeError.single(text, path="command")
    _refuse_bad_arguments(cpu_mhz, env or {})
    settings: dict[str, Any] = {"command": command[0], "args": list(command[1:])}
    if timeout is not None:
        settings["timeout"] = timeout
    job = _job(driver, settings, dict(env or {}), user, _resources(memory, cpu_mhz))
    with Client(config, data_dir=data_dir) as client:
        result = client.run(job, stdin=stdin)
    if result.failure and result.code == MISTAKE:
        raise MistakeError.single(result.failure)
    if result.failure:
        raise DriverError(result.failure)
    return result


def _refuse_bad_arguments(cpu_mhz: object, env: Mapping[Any, object]) -> None:
    problems = [
        Problem("", f"env[{name!r}]", f"expected names and values that are strings, found {value!r}")
        for name, value in env.items()
        if not (isinstance(name, str) and isinstance(value, str))
    ]
    if not isinstance(cpu_mhz, int) or cpu_mhz < 1:
        problems.append(Problem("", "cpu_mhz", f"expected a whole number of at least 1, found {cpu_mhz!r}"))
    if problems:
        raise MistakeError(problems)


def _resources(memory: str | int | None, cpu_mhz: int) -> Resources:
    if memory is None:
        return Resources(cpu_mhz=cpu_mhz)
    from ostler.sizes import size_bytes

    try:
        size: Any = size_bytes(memory) if isinstance(memory, str) else memory
    except ValueError as error:
        raise MistakeError.single(str(error), path="memory") from None
    if not isinstance(size, int) or size < _LEAST_MIB * _MIB:
        text = f"expected a size of at least {_LEAST_MIB} MiB in whole bytes, found {memory!r}"
        raise MistakeError.single(text, path="memory")
    return Resources(cpu_mhz=cpu_mhz, memory_mb=-(-size // _MIB), asked=frozenset({"memory"}))


def _job(
    driver: str, settings: Mapping[str, Any], env: Mapping[str, str], user: str, resources: Resources
) -> Job:
    from ostler.jobs import Group, Job, JobTask, Restart

    task = JobTask(
        name="command",
        driver=driver,
        user=user,
        config=Located(value=settings),
        env=env,
        resources=resources,
        restart=Restart(attempts=0),
        path="command",
    )
    group = Group(name="command", tasks=(task,), path="group")
    return Job(id="command", name="command", type="batch", groups=(group,), path="job")
