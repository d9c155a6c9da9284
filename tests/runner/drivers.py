"""Drivers with bad manners; each has a name in the jobs of these tests."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from ostler import RecoverableError, hookimpl
from ostler.drivers import Capabilities, Ended, Exit, Fingerprint, Health, TaskHandle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import DriverContext, StopRequest, Task


@frozen
class Nothing:
    """No settings."""


class Polite:
    """Runs until it is stopped; what it was asked is in ``asked``."""

    settings = Nothing
    task_settings: ClassVar[type] = Nothing
    capabilities = Capabilities()
    asked: ClassVar[list[tuple[str, Any]]]

    def __init_subclass__(cls) -> None:
        cls.asked = []

    def __init__(self, context: DriverContext) -> None:
        self.name = context.name
        self.ended: dict[str, Exit] = {}
        self.asked.clear()

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self) -> None:
        """Find nothing wrong."""

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.asked.append(("start", task.name))
        return TaskHandle(task_id=task.id, driver=self.name)

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        self.asked.append(("stop", request.grace_seconds))
        self.ended[handle.task_id] = Exit(code=143, signal=15)

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> list[Ended]:
        time.sleep(min(0.02, timeout_seconds))
        return [
            Ended(each.task_id, self.ended[each.task_id]) for each in handles if each.task_id in self.ended
        ]

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        self.asked.append(("destroy", handle.task_id.split("/")[1]))


class Courteous(Polite):
    """As polite as can be."""


class LearnsItsEnd(Polite):
    @hookimpl
    def destroy(self, handle: TaskHandle, end: Exit | None) -> None:  # type: ignore[override]  # takes one more
        self.asked.append(("destroy", end))


class ForgetsNothing(Polite):
    def destroy(self, handle: TaskHandle) -> None:
        """Implement no hook: the mark is missing."""


class StopsAtTheSecondTry(Polite):
    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        first = not self.asked or self.asked[-1][0] != "stop"
        self.asked.append(("stop", request.grace_seconds))
        if first:
            message = "not now"
            raise OSError(message)
        self.ended[handle.task_id] = Exit(code=143, signal=15)


class TellsNoEnd(Polite):
    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> list[Ended]:
        time.sleep(min(0.05, timeout_seconds))
        return []


class WaitRaisesFirst(Polite):
    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> list[Ended]:
        if ("wait", "raised") not in self.asked:
            self.asked.append(("wait", "raised"))
            message = "no answer"
            raise OSError(message)
        return [Ended(each.task_id, Exit(code=7)) for each in handles]


class WaitsInVain(Polite):
    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> list[Ended]:
        self.asked.append(("wait", "raised"))
        message = f"no answer {len(self.asked)}"
        raise OSError(message)


class LingersTwice(Polite):
    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> list[Ended]:
        self.asked.append(("wait", "called"))
        if len(self.asked) > 2:
            return [Ended(each.task_id, Exit(code=7)) for each in handles]
        time.sleep(1.4)
        return []


class RaisesEveryOther(Polite):
    """Raises three times, each time after an answer that tells no end, and then tells one."""

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> list[Ended]:
        self.asked.append(("wait", "called"))
        if len(self.asked) in {2, 4, 6}:
            message = "no answer"
            raise OSError(message)
        return [Ended(each.task_id, Exit(code=7)) for each in handles] if len(self.asked) > 6 else []


class StartsSlowly(Polite):
    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.asked.append(("start", task.name))
        time.sleep(0.5)
        return TaskHandle(task_id=task.id, driver=self.name)


class StartsAtTheThirdTry(Polite):
    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.asked.append(("start", task.name))
        if len([each for each in self.asked if each[0] == "start"]) < 3:
            message = "busy"
            raise RecoverableError(message)
        self.ended[task.id] = Exit(code=0)
        return TaskHandle(task_id=task.id, driver=self.name)


class WritesNoHandle(Polite):
    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        return TaskHandle(task_id=task.id, driver=self.name, state={"lock": threading.Lock()})


class HangsInStop(Polite):
    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.forced = threading.Event()

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        self.asked.append(("stop", request.grace_seconds))
        if request.grace_seconds:
            self.forced.wait(request.grace_seconds)
        self.forced.set()
        self.ended[handle.task_id] = Exit(code=137, signal=9)


class Talkative(Polite):
    """Says something of every task that it starts, and of one that is not there."""

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.context = context

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.context.emit(task.id, "pulled", {"layers": "3"})
        self.context.emit("nobody/knows/it", "lost", {})
        handle = TaskHandle(task_id=task.id, driver=self.name)
        self.ended[task.id] = Exit(code=0)
        return handle
