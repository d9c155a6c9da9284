"""Put together the environment of a task: Nomad's variables, the host's, and the job's own."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from ostler.drivers.values import Directories, Filesystem, Resources
from ostler.errors import MistakeError, Problem
from ostler.tasks.interpolation import interpolate

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLEANED: Final = ("NOMAD_ADDR_", "NOMAD_IP_", "NOMAD_PORT_", "NOMAD_HOST_PORT_", "NOMAD_META_")
_UNCLEAN: Final = re.compile(rb"[^A-Za-z0-9_.]")
_INSIDE: Final = {"NOMAD_ALLOC_DIR": "/alloc", "NOMAD_TASK_DIR": "/local", "NOMAD_SECRETS_DIR": "/secrets"}


class TaskFacts(NamedTuple):
    """What a task is told about itself; what is empty is left out of its environment.

    ``meta`` is the job's, the group's and the task's, merged.  ``cores`` lists reserved cpus as the
    kernel does (``0-1,3``).
    """

    allocation_id: str
    task_name: str
    group_name: str
    job_id: str
    directories: Directories
    filesystem: Filesystem = Filesystem.NONE
    job_name: str = ""
    allocation_index: int = 0
    datacenter: str = ""
    region: str = ""
    namespace: str = "default"
    resources: Resources = Resources()
    cores: str = ""
    parent_cgroup: str = ""
    meta: Mapping[str, str] = MappingProxyType({})


def environment(
    facts: TaskFacts,
    *,
    env: Mapping[str, str],
    inherited: Mapping[str, str],
    node: Mapping[str, str],
    path: str = "env",
) -> dict[str, str]:
    """Return the whole environment of a task; later layers win.

    Nomad's variables come first, then what the task inherits of the host (``inherited``, already
    chosen; it never replaces a variable), then the job's ``env`` block.  Meta and env values are
    interpolated from what was built before them, then from ``node`` (``attr.kernel.name`` ...).
    Raises MistakeError, under ``path``, for names that no environment can hold.
    """
    _refuse_impossible(env, path)
    result = _paths(facts) | _limits(facts) | _identity(facts)
    result |= _meta({key: interpolate(value, result, node) for key, value in facts.meta.items()})
    result = {**inherited, **result}
    result |= {_clean(key): interpolate(value, result, node) for key, value in env.items()}
    return result


def _paths(facts: TaskFacts) -> dict[str, str]:
    if not facts.filesystem.has_host_paths:
        return dict(_INSIDE)
    where = facts.directories
    return dict(zip(_INSIDE, (where.shared, where.local, where.secrets), strict=True))


def _limits(facts: TaskFacts) -> dict[str, str]:
    resources = facts.resources
    numbers = {
        "NOMAD_MEMORY_LIMIT": resources.memory_mb,
        "NOMAD_MEMORY_MAX_LIMIT": resources.memory_max_mb,
        "NOMAD_CPU_LIMIT": resources.cpu_mhz,
    }
    found = {name: str(number) for name, number in numbers.items() if number}
    return found | ({"NOMAD_CPU_CORES": facts.cores} if facts.cores else {})


def _identity(facts: TaskFacts) -> dict[str, str]:
    job = facts.job_name or facts.job_id
    named = {
        "NOMAD_ALLOC_ID": facts.allocation_id,
        "NOMAD_SHORT_ALLOC_ID": facts.allocation_id[:8],
        "NOMAD_ALLOC_NAME": f"{job}.{facts.group_name}[{facts.allocation_index}]",
        "NOMAD_ALLOC_INDEX": str(facts.allocation_index),
        "NOMAD_TASK_NAME": facts.task_name,
        "NOMAD_GROUP_NAME": facts.group_name,
        "NOMAD_JOB_ID": facts.job_id,
        "NOMAD_JOB_NAME": job,
        "NOMAD_DC": facts.datacenter,
        "NOMAD_REGION": facts.region,
        "NOMAD_NAMESPACE": facts.namespace,
        "NOMAD_PARENT_CGROUP": facts.parent_cgroup,
    }
    return {name: value for name, value in named.items() if value}


def _meta(meta: Mapping[str, str]) -> dict[str, str]:
    upper = {_clean(f"NOMAD_META_{key.upper()}"): value for key, value in meta.items()}
    return upper | {_clean(f"NOMAD_META_{key}"): value for key, value in meta.items()}


def _clean(name: str) -> str:
    if not name.startswith(_CLEANED):
        return name
    return _UNCLEAN.sub(b"_", name.encode()).decode()


def _refuse_impossible(env: Mapping[str, str], path: str) -> None:
    problems = [
        Problem("", f"{path}.{name}" if name else path, f"{name!r} can't name a variable; {_RULE}")
        for name in env
        if not name or "=" in name or "\0" in name
    ]
    problems += [
        Problem("", f"{path}.{name}", f"the value holds a NUL character; {_RULE}")
        for name, value in env.items()
        if "\0" in value
    ]
    if problems:
        raise MistakeError(problems)


_RULE: Final = "names are not empty and hold no '=', and nothing holds NUL"
