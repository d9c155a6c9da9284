"""What a job specification says, as far as it is run: frozen, plain values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
from attrs import Factory, field, frozen

from ostler.drivers.settings import Located
from ostler.drivers.values import Resources
from ostler.errors import MistakeError
from ostler.jobs.found import Found
from ostler.jobs.names import wrong_task_name

if TYPE_CHECKING:
    from ostler.jobs import specified


@frozen(kw_only=True)
class Constraint:
    """What the node has to be: ``attribute`` (such as ``${attr.kernel.name}``) compared with ``value``."""

    attribute: str = ""
    operator: str = "="
    value: str = ""
    where: str = field(default="", eq=False)
    path: str = field(default="", eq=False)


@frozen(kw_only=True)
class Restart:
    """When an ended task is started anew: ``mode`` is ``fail`` or ``delay``."""

    attempts: int = 2
    interval_seconds: float = 1800.0
    delay_seconds: float = 15.0
    mode: str = "fail"


@frozen(kw_only=True)
class Logs:
    """How much of a task's output is kept; ``max_file_mb`` counts 1024 * 1024 bytes."""

    max_files: int = 10
    max_file_mb: int = 10
    disabled: bool = False


@frozen(kw_only=True)
class JobArtifact:
    """Something to fetch before the task starts; its texts may hold ``${...}``.

    ``mode`` is ``any``, ``file`` or ``dir``; an empty ``destination`` means the default of its mode.
    ``executable`` is never written in a job: an artifact that a driver's own field asks for may be.
    ``places`` says where each key that is written stands, and its dotted path; ``options.checksum`` is one.
    """

    source: str
    destination: str = ""
    mode: str = "any"
    options: Mapping[str, str] = Factory(dict)
    headers: Mapping[str, str] = Factory(dict)
    insecure: bool = False
    chown: bool = False
    executable: bool = False
    where: str = field(default="", eq=False)
    path: str = field(default="", eq=False)
    places: Mapping[str, tuple[str, str]] = field(factory=dict, eq=False, repr=False)


def _names_a_directory(task: JobTask, _: attrs.Attribute[str], name: str) -> None:
    wrong = wrong_task_name(name)
    if wrong:
        raise MistakeError.single(wrong, path=f"{task.path or 'task'}.name")


@frozen(kw_only=True)
class JobTask:
    """One task as its job describes it; ``config`` is for its driver to judge.

    MistakeError for a name that can't name a directory.
    """

    name: str = field(validator=_names_a_directory)
    driver: str
    user: str = ""
    config: Located = Factory(Located)
    env: Mapping[str, str] = Factory(dict)
    meta: Mapping[str, str] = Factory(dict)
    resources: Resources = Factory(Resources)
    artifacts: tuple[JobArtifact, ...] = ()
    logs: Logs = Factory(Logs)
    restart: Restart = Factory(Restart)
    kill_timeout_seconds: float = 5.0
    kill_signal: str = ""
    constraints: tuple[Constraint, ...] = ()
    where: str = field(default="", eq=False)
    path: str = field(default="", eq=False)
    driver_where: str = field(default="", eq=False)


@frozen(kw_only=True)
class Group:
    """Tasks that run together; ``count`` allocations are made of it."""

    name: str
    count: int = 1
    meta: Mapping[str, str] = Factory(dict)
    restart: Restart = Factory(Restart)
    constraints: tuple[Constraint, ...] = ()
    tasks: tuple[JobTask, ...] = ()
    where: str = field(default="", eq=False)
    path: str = field(default="", eq=False)


@frozen(kw_only=True)
class Job:
    """A whole job; ``source_directory`` is where its file lies, empty for one that has none.

    ``type`` is ``service``, ``batch``, ``system`` or ``sysbatch``.
    """

    id: str
    name: str
    type: str = "service"
    meta: Mapping[str, str] = Factory(dict)
    groups: tuple[Group, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    source_directory: str = field(default="", eq=False)
    where: str = field(default="", eq=False)
    path: str = field(default="", eq=False)


@frozen
class Loaded:
    """A job, and what the operator should know about the way it was read."""

    job: Job
    notes: tuple[str, ...] = ()
    _tree: Found | None = field(default=None, eq=False, repr=False)

    @cached_property
    def specification(self) -> specified.Job | None:
        """The whole specification as frozen values, of the classes in `ostler.jobs.specified`.

        What `job` leaves out stands here too: networks, services, templates, volumes, updates ...
        None for a job that was made of values.
        """
        from ostler.jobs.specification import specify

        found: specified.Job | None = specify(self._tree) if self._tree else None
        return found
