"""A driver that does as little as the contract allows, to be changed by each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ostler import hookimpl
from ostler.drivers import Ended, Exit, Fingerprint, Health, TaskHandle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import StopRequest, Task


@frozen
class NoSettings:
    """Nothing to set."""


class Trial:
    settings = task_settings = NoSettings

    def __init__(self) -> None:
        self.stopped: list[str] = []

    @hookimpl
    def fingerprint(self) -> object:
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self, task: Task) -> object:
        return None

    @hookimpl
    def start(self, task: Task) -> object:
        return TaskHandle(task_id=task.id, driver="trial")

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        self.stopped.append(handle.task_id)

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> object:
        return [Ended(handle.task_id, Exit(code=0)) for handle in handles]
