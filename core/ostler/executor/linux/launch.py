"""What both launchers have in common, and which of them is used."""

from __future__ import annotations

import errno
import os

from ostler.executor.linux import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Protocol

    from ostler.executor.supervisor.loop import Loop

    class Launcher(Protocol):
        """What starts tasks."""

        def launch(self, order: Mapping[str, Any], slot_path: str, name: str, done: Told) -> None:
            """Carry out a plan; ``done`` hears, on the loop, of the start or why there is none."""

    Told = Callable[["Launched | LaunchError"], None]

COMPILED, FORKED = "c", "ctypes"
INIT = os.path.join(os.path.dirname(__file__), "ostler-init")
_CHOICE = "OSTLER_LAUNCHER"
# Raised here and in native/calls.h when what the extension takes changes: one built before is not used.
CALL_FORMAT = 1


class LaunchError(Exception):
    """A launch failed: ``failure`` holds ``phase``, ``index`` and ``errno``."""

    def __init__(self, phase: str, index: int, number: int) -> None:
        self.failure = {"phase": phase, "index": index, "errno": number or errno.EIO}
        super().__init__(self.failure)


class Launched:
    """The process that stands for a task; ``main`` is the number of its main process, 0 if not known."""

    __slots__ = ("inode", "main", "pid", "pidfd", "start_time")

    def __init__(self, pid: int, pidfd: int, main: int, inode: int, start_time: int) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.main = main
        self.inode = inode
        self.start_time = start_time


def prepared(steps: Iterable[Mapping[str, Any]]) -> None:
    """Carry out what is prepared on the host; raises LaunchError."""
    try:
        prepare.carry_out(steps)
    except prepare.StepFailedError as error:
        phase = "prepare"
        raise LaunchError(phase, error.index, error.number) from error


def choose(loop: Loop) -> Launcher:
    """Give the launcher that is to be used: the one in C where it was built, unless told otherwise."""
    if kind() == COMPILED:
        from ostler.executor.linux.compiled import Compiled

        return Compiled(loop)
    from ostler.executor.linux.forked import Forked

    return Forked(loop)


def kind() -> str:
    """Name the launcher that is used on this machine: ``c`` or ``ctypes``."""
    wanted = os.environ.get(_CHOICE, COMPILED)
    return COMPILED if wanted == COMPILED and _built() else FORKED


def _built() -> bool:
    """Tell whether the extension and the init in C are there, were built for this code, and can be used."""
    try:
        from ostler.executor.linux import _launch
    except ImportError:
        return False
    if getattr(_launch, "FORMAT", 0) != CALL_FORMAT:
        return False
    return os.access(INIT, os.X_OK) and not os.statvfs(INIT).f_flag & os.ST_NOEXEC
