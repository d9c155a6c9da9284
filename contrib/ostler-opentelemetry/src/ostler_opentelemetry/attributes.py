"""What spans and metrics say of a call: names and ids, never a task's config or environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ostler.drivers import Exit, Task, TaskHandle

    Attributes = dict[str, str | int]

DRIVER: Final = "ostler.driver"
HOOK: Final = "ostler.hook"
TASK_ID: Final = "ostler.task.id"
REASON: Final = "ostler.task.end.reason"
UNKNOWN: Final = "unknown"

# OpenTelemetry's own names for what it has a name for.
ERROR_TYPE: Final = "error.type"
PID: Final = "process.pid"
EXIT_CODE: Final = "process.exit.code"


def of_task(driver: str, task: Task) -> Attributes:
    """Name a task that is about to start."""
    return {
        DRIVER: driver,
        "ostler.allocation.id": task.allocation_id,
        "ostler.group.name": task.group_name,
        "ostler.job.id": task.job_id,
        TASK_ID: task.id,
        "ostler.task.name": task.name,
    }


def of_handle(driver: str, handle: TaskHandle) -> Attributes:
    """Name a task that an earlier process started: its id is all that is known of it."""
    allocation_id, _, rest = handle.task_id.partition("/")
    return {
        DRIVER: driver,
        "ostler.allocation.id": allocation_id,
        TASK_ID: handle.task_id,
        "ostler.task.name": rest.rpartition("/")[0],
    }


def of_process(handle: object) -> Attributes:
    """Give the process id of a task that is a process of the host."""
    process = getattr(handle, "process", None)
    return {PID: process.pid} if process is not None else {}


def of_end(end: Exit | None) -> Attributes:
    """Say how a task ended."""
    return {REASON: UNKNOWN} if end is None else {REASON: str(end.reason), EXIT_CODE: end.code}


def of_error(error: BaseException) -> Attributes:
    """Give the class of an error by its whole name."""
    kind = type(error)
    whole = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {ERROR_TYPE: whole}
