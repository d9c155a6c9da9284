"""What both launchers have in common: what is prepared before a start, and what becomes of one."""

from __future__ import annotations

import errno
import os

from ostler.executor.linux import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    Told = Callable[["Launched | LaunchError"], None]

INIT = os.path.join(os.path.dirname(__file__), "ostler-init")


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


def prepared(steps: Iterable[Mapping[str, Any]], first: int = 0) -> None:
    """Carry out what is prepared on the host, from the step of index ``first`` on; raises LaunchError."""
    try:
        prepare.carry_out(steps, first)
    except prepare.StepFailedError as error:
        phase = "prepare"
        raise LaunchError(phase, error.index, error.number) from error
