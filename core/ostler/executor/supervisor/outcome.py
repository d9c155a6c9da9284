"""From a wait status, the kernel's counters and what the supervisor did, to the reason of an end."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.roles import Backend
    from ostler.executor.supervisor.slot import End, Handle
    from ostler.executor.supervisor.task import Task

    Slot = Callable[[Task], tuple[Handle | None, End | None]]

LOST_CODE = 125
WITH_ITS_TASK = {"reason": "stopped", "message": "the task that it ran in has ended"}
_SHOWS_FAILURE = 127 << 8  # the wait status of a command that could not begin, and of some that did


def decide(task: Task, status: int | None, backend: Backend, slot: Slot) -> dict[str, Any]:
    """Give the fields of the Exit of a task whose init has told its ``status``, or is gone without."""
    oom_kills = backend.oom_kills(task)
    cause = task.record.get("cause")
    if status is None and cause is None:
        return lost(backend.lost(task))
    handle = slot(task)[0] if status == _SHOWS_FAILURE else None
    if handle is not None and not handle.begun:
        return _not_begun("its command could not be executed, and the supervisor that heard why was killed")
    return conclude(status, cause, oom_kills)


def inherit(task: Task, host: Task | None, slot: Slot) -> None:
    """Find the cause of a command's end in that of the task that it ran in, which may be dying round it.

    That one was told to end, or its init has written down its end before it kills the rest; else it may
    be heard of in a moment.
    """
    if host is not None and (host.record.get("cause") or slot(host)[1] is not None):
        task.record["cause"] = task.record.get("cause") or dict(WITH_ITS_TASK)


def conclude(status: int | None, cause: dict[str, str] | None, oom_kills: int) -> dict[str, Any]:
    """Give the fields of an Exit.

    ``status`` is None when the init left no record, having been killed along with the task; ``cause`` is
    what the supervisor ended the task for.
    """
    number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else 0
    number = signal.SIGKILL if status is None else number
    code = 128 + number if number else os.waitstatus_to_exitcode(status or 0)
    reason, message = _reason(number, cause, oom_kills)
    return {"code": code, "signal": number, "reason": reason, "message": message, "oom_kills": oom_kills}


def lost(message: str) -> dict[str, Any]:
    """Give the fields of an Exit that nobody can know."""
    return {"code": LOST_CODE, "signal": 0, "reason": "lost", "message": message, "oom_kills": 0}


def never_started() -> dict[str, Any]:
    """Give the fields of the Exit of a task that was found by others while it was launched, in vain."""
    return _not_begun("it could not be started; whoever asked for that was told why")


def _not_begun(message: str) -> dict[str, Any]:
    return {"code": LOST_CODE, "signal": 0, "reason": "driver_error", "message": message, "oom_kills": 0}


def _reason(number: int, cause: dict[str, str] | None, oom_kills: int) -> tuple[str, str]:
    if cause is not None and (number == signal.SIGKILL or cause["reason"] == "stopped"):
        return cause["reason"], cause["message"]
    if number == signal.SIGKILL and oom_kills:
        return "oom", "the kernel killed it for memory"
    killed = f"the kernel killed {oom_kills} of its processes for memory" if oom_kills else ""
    return ("signaled" if number else "exited"), killed
