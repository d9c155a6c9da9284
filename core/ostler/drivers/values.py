"""The values that cross the boundary between Ostler and a driver: frozen, plain data inside."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import Factory, field, frozen

from ostler.executor.values import Enforcement, Exit, LimitSupport, Process, Reason, Stats

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ostler.executor import Executor

__all__ = [
    "Capabilities",
    "Directories",
    "DriverContext",
    "Ended",
    "Enforcement",
    "ExecuteRequest",
    "ExecuteResult",
    "Exit",
    "Filesystem",
    "Finding",
    "Fingerprint",
    "Health",
    "LimitSupport",
    "Process",
    "Reason",
    "Resources",
    "SignalRequest",
    "Sink",
    "Stats",
    "StopRequest",
    "Task",
    "TaskHandle",
    "TaskStatus",
    "WrapperContext",
]


class Health(StrEnum):
    """Whether a driver can run tasks on this machine."""

    UNDETECTED = "undetected"
    UNHEALTHY = "unhealthy"
    HEALTHY = "healthy"


class Filesystem(StrEnum):
    """What a task sees of the file system; it decides the paths in the task's environment.

    ``NONE``: the host's own paths.  ``CHROOT``: a private root in which the task's directories are
    ``/alloc``, ``/local`` and ``/secrets``.  ``IMAGE``: the same names inside an image, and nothing
    of the host's environment.  ``UNVEIL``: the host's own paths, of which the task reaches some alone; it
    inherits no more of the host's environment than in a private root.
    """

    NONE = "none"
    CHROOT = "chroot"
    IMAGE = "image"
    UNVEIL = "unveil"

    @property
    def has_host_paths(self) -> bool:
        """Tell whether a task knows its directories by their paths on the host."""
        return self in {Filesystem.NONE, Filesystem.UNVEIL}


class Sink(StrEnum):
    """What a driver's tasks write their output to.

    ``PIPE``: a FIFO of this machine.  ``FILE``: a regular file in the allocation's directory, which whoever
    writes opens for appending, for tasks that may run on another machine with which this one shares a file
    system.  The core follows either into the task's rotated logs; a file it reads to its end when the end
    of the task was told.
    """

    PIPE = "pipe"
    FILE = "file"


@frozen(kw_only=True)
class Capabilities:
    """What a driver can do, known without asking the machine.

    ``limits`` is the best that the driver can do anywhere; a fingerprint may answer with what it
    can do here.  A limit that is enforced or watched holds.  A task that takes more memory than it may
    ends with the reason ``oom``.  One that lasts longer than it may ends with the reason ``timeout``.  One
    that starts more processes than it may does not get them where that is enforced, and is ended where it
    is watched; its siblings go on.
    ``network_modes`` holds any of ``host``, ``none``, ``group``, ``task``.  ``attributes`` names the node
    attributes that a fingerprint may hold, each with a sentence on what it says.  ``output`` says what
    ``Task.stdout_path`` and ``stderr_path`` are, ``stdin`` whether tasks read ``Task.stdin_path``; no other
    driver's task is given anything to read.

    ``widened_by`` names the settings of a task by which it may get more than the user that it runs as has:
    capabilities, or being root.  Where it is declared, be it empty, a task that sets none of them can't
    write to a file that its user may only read, and a cache may give it the file that it keeps, by a hard
    link.  None says that nothing is known of that; such a task gets copies.  ``default_user`` names the
    plugin's setting that says whom a task runs as whose job names no user.  Names of settings that are none
    are refused when the driver is opened.
    """

    signals: bool = False
    execute: bool = False
    filesystem: Filesystem = Filesystem.NONE
    network_modes: frozenset[str] = frozenset({"host"})
    limits: LimitSupport = Factory(LimitSupport)
    attributes: Mapping[str, str] = Factory(dict)
    output: Sink = Sink.PIPE
    stdin: bool = False
    widened_by: frozenset[str] | None = None
    default_user: str = ""


@frozen(kw_only=True)
class Fingerprint:
    """What a driver found on this machine.

    ``reason`` says why it is not healthy, or what the operator should know; ``remedy`` what would
    mend it.  ``attributes`` become node attributes: names with dots, values str, int, float or bool.
    ``limits`` is what holds here, where it differs from the driver's capabilities, and ``filesystem``
    likewise.
    """

    health: Health
    reason: str = ""
    remedy: str = ""
    attributes: Mapping[str, str | int | float | bool] = Factory(dict)
    limits: LimitSupport | None = None
    filesystem: Filesystem | None = None


@frozen(kw_only=True)
class Resources:
    """What a task asks of the machine.

    ``cpu_mhz`` is a share, never a promise; ``memory_max_mb`` is 0 when not given and -1 for no hard
    limit.  ``asked`` names the limits that the job itself wrote (``memory``, ``memory_max``, ``cores``);
    a default is not asked for.
    """

    cpu_mhz: int = 100
    cores: int = 0
    memory_mb: int = 300
    memory_max_mb: int = 0
    asked: frozenset[str] = frozenset()

    @property
    def memory_limit_bytes(self) -> int | None:
        """The hard limit in bytes, or None where the job asks for none (Nomad's rules)."""
        if self.memory_max_mb < 0:
            return None
        return max(self.memory_mb, self.memory_max_mb) * 1024 * 1024

    @property
    def memory_soft_bytes(self) -> int | None:
        """The soft limit in bytes: ``memory`` wherever ``memory_max`` is given (Nomad's rules)."""
        return self.memory_mb * 1024 * 1024 if self.memory_max_mb else None


@frozen(kw_only=True)
class Directories:
    """Where a task lives, as absolute host paths.

    It starts in ``task``, which with the file system ``chroot`` it sees as ``/``; an image says
    for itself where it starts.  The task may write in ``local``, in ``secrets`` and in ``data`` below
    ``shared``.  No other user of the host can enter ``secrets``.
    """

    allocation: str
    shared: str
    task: str
    local: str
    secrets: str


@frozen(kw_only=True)
class Task:
    r"""One attempt to run a task: everything a driver needs to start it.

    ``id`` is ``<allocation id>/<task name>/<8 hex digits>`` and new for every attempt.  ``name``, and so
    ``id``, may hold any character but ``/``, ``\`` and NUL, up to 200 of them.  ``config`` is an instance of
    the driver's task settings, interpolated.  Its texts mean what they say, whatever characters they hold.
    ``environment`` is complete, and reaches the task as it is.  No other variable of the host reaches it.
    ``stdout_path`` and ``stderr_path`` are opened for writing by whoever writes the task's output.  All of
    it arrives, in order, however much it is.  They are FIFOs, or files to append to where the capabilities
    declare ``Sink.FILE``.  Where they declare ``stdin``, the task reads ``stdin_path`` to its end:
    a FIFO that has its other end already, a file, or ``/dev/null``.
    """

    id: str
    name: str
    allocation_id: str
    job_id: str
    group_name: str
    config: Any
    environment: Mapping[str, str]
    directories: Directories
    resources: Resources = Factory(Resources)
    user: str = ""
    stdout_path: str = "/dev/null"
    stderr_path: str = "/dev/null"
    limits_best_effort: bool = False
    stdin_path: str = "/dev/null"


@frozen(kw_only=True)
class TaskHandle:
    """What is needed to find a running task again, after a restart of the host too.

    Either ``process`` names a process of Ostler's executor, and then the core watches it; or the
    driver implements ``wait``.  ``state`` is the driver's own, plain data that JSON can carry, read
    back under ``version``.  ``attributes`` are shown to the operator.
    """

    task_id: str
    driver: str
    version: int = 1
    process: Process | None = None
    state: Mapping[str, Any] = Factory(dict)
    attributes: Mapping[str, str] = Factory(dict)


@frozen
class Ended:
    """The end of a task, as ``wait`` tells it."""

    task_id: str
    exit: Exit


@frozen
class StopRequest:
    """How to stop: politely with ``signal`` (empty: the driver's own), by force after the grace."""

    grace_seconds: float
    signal: str = ""


@frozen
class SignalRequest:
    """A signal by name (``SIGHUP``) or number (``"1"``)."""

    signal: str


@frozen
class ExecuteRequest:
    """A command to run inside a running task, and its three streams.

    The paths are opened by whoever runs the command, as a task's outputs are: FIFOs that have their other
    end already, files that exist, or ``/dev/null``.  With ``tty`` all three name one terminal, which becomes
    the command's own.
    """

    command: tuple[str, ...]
    timeout_seconds: float = 30.0
    stdin_path: str = field(default="/dev/null", kw_only=True)
    stdout_path: str = field(default="/dev/null", kw_only=True)
    stderr_path: str = field(default="/dev/null", kw_only=True)
    tty: bool = field(default=False, kw_only=True)


@frozen
class ExecuteResult:
    """How a command inside a task ended: its code, 128+N if signal N killed it, 124 after a timeout."""

    code: int


@frozen(kw_only=True)
class TaskStatus:
    """What a driver knows of one of its tasks; ``exit`` is None while it runs."""

    running: bool
    exit: Exit | None = None
    attributes: Mapping[str, str] = Factory(dict)


@frozen
class Finding:
    """One thing a driver's ``doctor`` looked at: whether it is well, what was found, what mends it."""

    name: str
    well: bool
    found: str
    remedy: str = field(default="", kw_only=True)


@frozen(kw_only=True)
class DriverContext:
    """What a driver is constructed with, once per process.

    ``settings`` is an instance of the driver's plugin settings; ``state_directory`` its own, private
    and kept; ``executor`` starts and supervises host processes; ``node`` holds the machine's
    attributes; ``emit(task_id, message, details)`` makes an event of type ``Driver``.  ``chroot_env``
    maps host paths to paths in a private root, where the operator chose them (None: the driver's own).
    """

    name: str
    settings: Any
    state_directory: Path
    executor: Executor
    node: Mapping[str, str]
    logger: logging.Logger
    emit: Callable[[str, str, Mapping[str, str]], None]
    chroot_env: Mapping[str, str] | None = None


@frozen(kw_only=True)
class WrapperContext:
    """What a policy or an observer that a package offers is constructed with, once per process.

    ``name`` is that of its block in the agent's configuration and ``settings`` an instance of its settings;
    ``node`` holds the machine's attributes, those of drivers aside.
    """

    name: str
    settings: Any
    node: Mapping[str, str]
    logger: logging.Logger
