"""What a caller asks of the executor and what it answers: frozen values of plain data."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import Factory, asdict, field, fields, frozen

from ostler.executor import kinds
from ostler.executor.capabilities import DEFAULT_CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

__all__ = [
    "Command",
    "Enforcement",
    "Exit",
    "Host",
    "Isolation",
    "LimitSupport",
    "Limits",
    "LogFiles",
    "Mount",
    "Process",
    "Reason",
    "Stats",
    "Tier",
]


class Reason(StrEnum):
    """Why a task ended."""

    EXITED = "exited"
    SIGNALED = "signaled"
    OOM = "oom"
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    OUTPUT_LIMIT = "output_limit"
    PIDS_LIMIT = "pids_limit"
    DISK_LIMIT = "disk_limit"
    LOST = "lost"
    DRIVER_ERROR = "driver_error"


class Enforcement(StrEnum):
    """How well a limit holds.

    ``ENFORCED``: the kernel holds it, or the runtime that the task lives in.  ``WATCHED``: Ostler measures
    and ends the task.  ``COUNTED``: it is reported only.  ``IGNORED``: nothing looks at it.
    """

    ENFORCED = "enforced"
    WATCHED = "watched"
    COUNTED = "counted"
    IGNORED = "ignored"


class Tier(StrEnum):
    """How strongly a machine can isolate a process, best first."""

    ROOT = "root"
    USERNS = "userns"
    LANDLOCK = "landlock"
    NONE = "none"

    @property
    def has_namespaces(self) -> bool:
        """Tell whether a task gets namespaces and a root of its own."""
        return self in {Tier.ROOT, Tier.USERNS}

    def reaches(self, least: Tier) -> bool:
        """Tell whether this tier is at least as strong as ``least``."""
        order = list(Tier)
        return order.index(self) <= order.index(least)


@frozen(kw_only=True)
class Exit:
    """How a task ended.

    A task that ended by itself has its own ``code``, from 0 to 255.  One that signal N killed has the
    ``code`` 128+N, the ``signal`` N and, unless Ostler sent it, the reason ``signaled``.  One that ``stop``
    ended has the reason ``stopped``.  ``oom_kills`` counts the processes of the task that the kernel killed
    for memory.
    """

    code: int
    signal: int = 0
    reason: Reason = field(default=Reason.EXITED, converter=Reason)
    message: str = ""
    oom_kills: int = 0

    @property
    def successful(self) -> bool:
        """Tell whether the task ended by itself with code 0."""
        return self.code == 0 and self.reason is Reason.EXITED


@frozen(kw_only=True)
class LimitSupport:
    """How well each limit holds.

    ``memory_soft`` is the reservation beside a larger hard limit, ``cpu`` the share of a busy machine and
    ``cpu_hard`` the time beyond which a task waits although a processor is free.
    """

    memory: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    memory_soft: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    cpu: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    cores: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    pids: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    timeout: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    cpu_hard: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    open_files: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    core: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    disk: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    inodes: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)
    output: Enforcement = field(default=Enforcement.IGNORED, converter=Enforcement)


@frozen(kw_only=True)
class Limits:
    """What a task may use at most; None asks for nothing.

    ``cpu_shares`` is Nomad's MHz, a share and never a promise.  ``cores`` lists cpus as the kernel
    does (``0-1,3``).  ``timeout_seconds`` is wall-clock time from the start.  ``cpus`` is how much processor
    time it gets at most, 0.5 being half of one processor's.  ``open_files`` and ``core_bytes`` (of a core
    dump) hold for each of its processes.  ``disk_bytes`` and ``inodes`` (files and directories) hold for the
    directories in ``Command.disk``, ``output_bytes`` for stdout and stderr together: counted as it comes
    where these are `LogFiles`, while plain files are looked at ten times a second.
    """

    memory_bytes: int | None = field(default=None, validator=kinds.whole)
    memory_soft_bytes: int | None = field(default=None, validator=kinds.whole)
    cpu_shares: int | None = field(default=None, validator=kinds.whole)
    cores: str | None = field(default=None, validator=kinds.listed)
    pids: int | None = field(default=None, validator=kinds.whole)
    timeout_seconds: float | None = field(default=None, validator=kinds.number)
    cpus: float | None = field(default=None, validator=kinds.number)
    open_files: int | None = field(default=None, validator=kinds.whole)
    core_bytes: int = field(default=0, validator=kinds.whole)
    disk_bytes: int | None = field(default=None, validator=kinds.whole)
    inodes: int | None = field(default=None, validator=kinds.whole)
    output_bytes: int | None = field(default=None, validator=kinds.whole)


@frozen
class Mount:
    """One bind mount: an absolute host path and where it appears in the task's root.

    One that is ``exact`` fails when a symbolic link is on the way to its source: somebody may have put one
    there since the path was looked at.  Of a folder that is exact, no device can be opened.
    """

    source: str = field(converter=kinds.path, validator=kinds.path_text)
    target: str = field(converter=kinds.path, validator=kinds.path_text)
    readonly: bool = field(default=True, kw_only=True)
    exact: bool = field(default=False, kw_only=True)


def _shown(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    return kinds.several(mounts)


_mounts = kinds.many(Mount, expected="a tuple of mounts such as (Mount('/usr', '/usr'),)")


@frozen(kw_only=True)
class Isolation:
    """How a task is kept apart from the host.

    ``namespaces`` holds any of ``mount``, ``pid``, ``ipc`` and ``uts``; empty means that the command
    runs plainly on the host.  ``root`` makes the private root when ``mount`` is among them: sources
    that don't exist are skipped, symbolic links are made again as links, mounts come in order, and of
    the host nothing else is seen.  A start is refused on a machine whose tier is below ``minimum``.

    ``capabilities`` are those that a task which is root keeps, by their names in lower case without
    ``cap_``; any other user has none.  ``ambient`` are given whoever the user is, or the start fails.
    With ``seccomp`` system calls are denied that container runtimes deny too.

    ``network`` is ``host``, ``none`` (a loopback of its own) or the path of a network namespace to join,
    such as ``/run/netns/blue``; a command without namespaces may have one too.
    """

    namespaces: frozenset[str] = field(default=frozenset(), converter=kinds.names, validator=kinds.namespaces)
    root: tuple[Mount, ...] = field(default=(), converter=_shown, validator=_mounts)
    hostname: str = field(default="", validator=kinds.text)
    minimum: Tier = field(default=Tier.USERNS, converter=Tier)
    capabilities: frozenset[str] = field(
        default=DEFAULT_CAPABILITIES, converter=kinds.names, validator=kinds.capabilities
    )
    ambient: frozenset[str] = field(default=frozenset(), converter=kinds.names, validator=kinds.capabilities)
    seccomp: bool = True
    network: str = field(default="host", converter=kinds.path, validator=kinds.text)


@frozen(kw_only=True)
class Host:
    """What probing found on this machine.

    ``reason`` says why there is no better tier, ``remedy`` what would mend it; both are empty at the
    best.  ``cgroups`` is the generation found (``v1``, ``v2``, ``hybrid``, ``none``), ``limits`` what
    holds for an isolated task here, ``platform`` is ``sys.platform``.  ``landlock`` is the version of
    Landlock that the kernel offers, 0 for none.
    """

    tier: Tier = field(converter=Tier)
    reason: str = ""
    remedy: str = ""
    cgroups: str = "none"
    limits: LimitSupport = Factory(LimitSupport)
    platform: str = ""
    landlock: int = 0


@frozen(kw_only=True)
class LogFiles:
    """Where one output stream goes: what the task writes to, and rotated files ``<directory>/<prefix>.N``.

    The task writes to the FIFO, which is ``<directory>/.<prefix>.fifo`` where none is named.  Where a
    ``spool`` is named, it appends to that regular file, which may lie on a file system that machines share
    and is removed once it was taken over into the rotated ones.  With ``direct`` it appends to
    ``<prefix>.0`` itself: nothing rotates or bounds that file, nor holds the task back for a follower.
    """

    fifo: str = ""
    spool: str = ""
    directory: str = field(converter=kinds.path, validator=kinds.path_text)
    prefix: str = field(validator=kinds.text)
    max_files: int = field(default=10, validator=kinds.count)
    max_file_bytes: int = field(default=10 * 1024 * 1024, validator=kinds.count)
    direct: bool = False

    @property
    def path(self) -> str:
        """Where the task writes to."""
        if self.direct:
            return f"{self.directory}/{self.prefix}.0"
        return self.spool or self.fifo or f"{self.directory}/.{self.prefix}.fifo"


def _written_to(given: str | PathLike[str] | LogFiles) -> str | LogFiles:
    return given if isinstance(given, LogFiles) else kinds.path(given)


_output = kinds.one(str, LogFiles, expected="a path or LogFiles")


@frozen(kw_only=True)
class Command:
    """One process to start.

    ``id`` is new for every attempt.  ``argv[0]`` is a path, or a name that is looked up in the ``PATH``
    of ``env``.  ``cwd`` and ``argv[0]`` are paths in the task's root where it has one, ``stdin``, ``stdout``
    and ``stderr`` are host paths (a FIFO, a file or ``/dev/null``), from the caller's directory on where they
    are relative; a FIFO that nobody writes to when the command starts is at its end.  ``stdout`` and
    ``stderr`` may be `LogFiles`, which are then collected for this process and end with it.  ``user`` is a
    name or ``uid[:gid]``; empty means the caller's own.  With ``best_effort`` a limit that can't be held
    doesn't refuse the start.
    ``cgroups`` names existing groups to run in, by controller of version 1 or ``unified``, as paths below the
    hierarchy's top or absolute; then no group is made, and of the limits only those hold that need none.
    ``oom_score_adj`` makes it likelier to be chosen when the machine's memory runs out.
    ``disk`` names the host directories that ``limits.disk_bytes`` and ``limits.inodes`` are about.
    """

    id: str = field(validator=kinds.text)
    argv: tuple[str, ...] = field(converter=kinds.texts, validator=kinds.words)
    env: Mapping[str, str] = field(factory=dict, validator=kinds.texts_by_name)
    cwd: str = field(default="/", converter=kinds.path, validator=kinds.path_text)
    user: str = field(default="", validator=kinds.text)
    stdout: str | LogFiles = field(default="/dev/null", converter=_written_to, validator=_output)
    stderr: str | LogFiles = field(default="/dev/null", converter=_written_to, validator=_output)
    isolation: Isolation = Factory(Isolation)
    limits: Limits = Factory(Limits)
    best_effort: bool = False
    stdin: str = field(default="/dev/null", converter=kinds.path, validator=kinds.input_path)
    disk: tuple[str, ...] = field(default=(), converter=kinds.paths, validator=kinds.directories)
    cgroups: Mapping[str, str] = Factory(dict)
    oom_score_adj: int = 0


@frozen(kw_only=True)
class Process:
    """A started process, as plain data that survives a restart of whoever started it.

    ``pid`` is that of the process which stands for the task on the host; with ``boot_id`` and
    ``start_time`` (clock ticks since boot) it can't be mistaken for another.  ``directory`` is the data
    directory whose supervisor knows it.  ``remarks`` tells what is otherwise than it was asked for.
    """

    id: str
    pid: int
    boot_id: str
    start_time: int
    directory: str
    tier: Tier = field(default=Tier.NONE, converter=Tier)
    cgroups: tuple[str, ...] = field(default=(), converter=kinds.texts)
    remarks: tuple[str, ...] = field(default=(), converter=kinds.texts)

    def to_dict(self) -> dict[str, Any]:
        """Give the process as plain data that JSON can hold."""
        return {
            **asdict(self),
            "tier": self.tier.value,
            "cgroups": list(self.cgroups),
            "remarks": list(self.remarks),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Process:
        """Read back what ``to_dict`` gave; unknown keys are left out, so that a newer handle can be read."""
        known = {each.name for each in fields(cls)}
        return cls(**{key: value for key, value in plain.items() if key in known})


@frozen(kw_only=True)
class Stats:
    """What a task that runs uses now, or has used since its start; None is what can't be known here.

    ``memory_bytes`` is all that counts against its limit: what its processes hold (``rss_bytes``) and the
    files that the kernel keeps for it (``cache_bytes``), which it gives back when need be.  ``io_`` is what
    went from and to disks.  It waited ``cpu_throttled_seconds``, for a hard limit on the processor.  Disk and
    inodes are known where they are limited, and as they were when they were measured last.
    """

    cpu_user_seconds: float | None = None
    cpu_system_seconds: float | None = None
    memory_bytes: int | None = None
    pids: int | None = None
    disk_bytes: int | None = None
    inodes: int | None = None
    output_bytes: int | None = None
    rss_bytes: int | None = None
    cache_bytes: int | None = None
    swap_bytes: int | None = None
    cpu_throttled_seconds: float | None = None
    cpu_throttled_periods: int | None = None
    io_read_bytes: int | None = None
    io_write_bytes: int | None = None


def path_of(stream: str | LogFiles) -> str:
    """Name what a command's output is written to."""
    return stream if isinstance(stream, str) else stream.path
