"""Call one driver: typed, its answers checked, its name in every error."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pluggy

from ostler.drivers import hookspecs
from ostler.drivers.answers import of_kind, wrong
from ostler.drivers.boundary import Contained
from ostler.drivers.scene import unchanged
from ostler.drivers.shown import shown
from ostler.drivers.values import (
    Capabilities,
    Ended,
    ExecuteResult,
    Exit,
    Finding,
    Fingerprint,
    Stats,
    StopRequest,
    TaskHandle,
    TaskStatus,
)
from ostler.drivers.wrappers import VetoedError, WrapperError, from_within, guarded
from ostler.errors import DriverError, OstlerError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers.values import ExecuteRequest, SignalRequest, Task
    from ostler.drivers.wrappers import Wrapper

T = TypeVar("T")
# The hooks that are called seldom enough to look at what they leave of the process.
LOOKED_AFTER: Final = frozenset({"fingerprint", "start", "stop"})
MOST_AT_ONCE: Final = 100_000  # what is told of no more is told again
logger = logging.getLogger(__name__)


class Driver:
    """One driver behind its own relay, with the wrappers that the host put round it, the first outermost.

    Every method calls the hook of its name on the calling thread.  What the driver raises becomes a
    `DriverError` that names it, save `RefusedError` and `RecoverableError`, which are its answers.
    """

    def __init__(self, name: str, plugin: object, wrappers: Sequence[Wrapper] = ()) -> None:
        self.name = name
        self.plugin = plugin
        # Both are asked for once, here: a property of the driver's would run wherever they are read.
        declared = getattr(plugin, "capabilities", Capabilities())
        self._capabilities = self._checked("capabilities", declared, Capabilities)
        self._task_settings: type[Any] = getattr(plugin, "task_settings", object)
        self._relay = pluggy.PluginManager(hookspecs.PROJECT)
        self._relay.add_hookspecs(hookspecs)
        self._register(plugin)
        self._wrapping = [guarded(each, name) for each in from_within(wrappers)]
        for wrapping in self._wrapping:
            self._relay.register(wrapping)

    @property
    def capabilities(self) -> Capabilities:
        """What the driver declares that it can do."""
        return self._capabilities

    @property
    def task_settings(self) -> type[Any]:
        """The settings class of a task's ``config`` block."""
        return self._task_settings

    def implements(self, hook: str) -> bool:
        """Tell whether the driver itself implements ``hook``."""
        return any(each.plugin is self.plugin for each in getattr(self._relay.hook, hook).get_hookimpls())

    def answers(self, hook: str) -> bool:
        """Tell whether anything comes of calling ``hook``: the driver or a wrapper implements it."""
        return bool(getattr(self._relay.hook, hook).get_hookimpls())

    def fingerprint(self) -> Fingerprint:
        """Ask what the driver found on this machine."""
        return self._answer("fingerprint", Fingerprint)

    def validate(self, task: Task) -> None:
        """Let the driver check ``task``; an answer, such as False, would be taken for nothing wrong."""
        answer = self._call("validate", task=task)
        if answer is not None:
            msg = f"driver {self.name!r} answered {shown(answer)} to validate; expected a raise or nothing"
            raise DriverError(msg)

    def start(self, task: Task) -> TaskHandle:
        """Start ``task``; if anything is wrong with the answer, what was started is stopped again."""
        try:
            handle = self._call("start", task=task)
        except (WrapperError, VetoedError) as error:
            self._undo(error.answer)
            raise
        if said := self._wrong("start", handle, TaskHandle) or self._wrong_handle("start", handle, task.id):
            self._undo(handle)
            raise DriverError(said)
        return handle  # type: ignore[no-any-return]

    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        """Stop the task of ``handle``."""
        self._call("stop", handle=handle, request=request)

    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        """Wait for the first end among ``handles``."""
        answer = self._call("wait", handles=handles, timeout_seconds=timeout_seconds)
        return self._sequence("wait", answer, Ended)

    def explain(self, handle: TaskHandle, end: Exit) -> Exit:
        """Ask how the task of ``handle`` ended in the driver's words; ``end`` where it has none."""
        answer = self._call("explain", handle=handle, end=end)
        return end if answer is None else self._checked("explain", answer, Exit)

    def recover(self, handle: TaskHandle) -> TaskHandle:
        """Find again the task of ``handle``; a driver without the hook has nothing of its own to find."""
        if not self.implements("recover"):
            return handle
        found = self._answer("recover", TaskHandle, handle=handle)
        if said := self._wrong_handle("recover", found, handle.task_id):
            raise DriverError(said)
        return found

    def sweep(self, known: Sequence[TaskHandle]) -> None:
        """Let the driver remove what no handle knows."""
        self._call("sweep", known=known)

    def inspect(self, handle: TaskHandle) -> TaskStatus:
        """Ask what the driver knows of the task."""
        return self._answer("inspect", TaskStatus, handle=handle)

    def stats(self, handle: TaskHandle) -> Stats:
        """Ask what the task uses."""
        return self._answer("stats", Stats, handle=handle)

    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        """Send a signal to the task; RefusedError where the driver declares that it can't."""
        if not self.capabilities.signals:
            msg = f"driver {self.name!r} can't send signals to its tasks"
            raise RefusedError(msg)
        self._call("signal", handle=handle, request=request)

    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        """Run a command in the task; RefusedError where the driver declares that it can't."""
        if not self.capabilities.execute:
            msg = f"driver {self.name!r} can't run commands in its tasks"
            raise RefusedError(msg)
        return self._answer("execute", ExecuteResult, handle=handle, request=request)

    def destroy(self, handle: TaskHandle, end: Exit | None = None) -> None:
        """Let the driver forget the task, which ended as ``end`` says."""
        self._call("destroy", handle=handle, end=end)

    def doctor(self) -> Sequence[Finding]:
        """Let the driver try what it depends on."""
        return self._sequence("doctor", self._call("doctor"), Finding)

    def close(self) -> None:
        """Let the driver end what it holds in this process."""
        self._call("close")

    def _register(self, plugin: object) -> None:
        try:
            self._relay.register(plugin, name=self.name)
            self._relay.check_pending()
        except pluggy.PluginValidationError as error:
            from ostler.drivers.shape import misfit

            msg = f"driver {self.name!r} does not fit the contract: {misfit(plugin, error)}"
            raise DriverError(msg) from error
        if wrong := self._missing():
            msg = f"driver {self.name!r} {wrong}"
            raise DriverError(msg)

    def _missing(self) -> str:
        missing = [hook for hook in hookspecs.REQUIRED if not self.implements(hook)]
        if missing:
            return f"does not implement {', '.join(missing)}, which every driver has to"
        for capability, hook in (("signals", "signal"), ("execute", "execute")):
            if getattr(self.capabilities, capability) and not self.implements(hook):
                return f"declares the capability {capability}, but does not implement {hook}"
        from ostler.drivers.shape import unknown_settings

        own = getattr(type(self.plugin), "settings", object)
        return unknown_settings(self.capabilities, self._task_settings, own)

    def _call(self, hook: str, **arguments: object) -> Any:  # noqa: ANN401 - checked by the callers
        looking = unchanged(self.name, hook, logger) if hook in LOOKED_AFTER else nullcontext()
        with Contained(self.name, hook), looking:
            return getattr(self._relay.hook, hook)(**arguments)

    def _answer(self, hook: str, kind: type[T], **arguments: object) -> T:
        return self._checked(hook, self._call(hook, **arguments), kind)

    def _checked(self, hook: str, answer: Any, kind: type[T]) -> T:  # noqa: ANN401 - it is what is checked
        if said := self._wrong(hook, answer, kind):
            raise DriverError(said)
        return answer  # type: ignore[no-any-return]

    def _wrong(self, hook: str, answer: object, kind: type[Any]) -> str:
        """Say what is wrong with an answer; looking at it runs code of the driver's too."""
        with Contained(self.name, hook):
            if not of_kind(answer, kind):
                return f"driver {self.name!r} answered {shown(answer)} to {hook}; expected {kind.__name__}"
            found = wrong(answer, kind)
        return f"driver {self.name!r} answered {hook} with {found}" if found else ""

    def _sequence(self, hook: str, answer: object, kind: type[T]) -> Sequence[T]:
        if answer is None:
            return ()
        with Contained(self.name, hook):
            listed = of_kind(answer, list) or of_kind(answer, tuple)
            each: list[T] = list(islice(answer, MOST_AT_ONCE)) if listed else []  # type: ignore[call-overload]
        if not listed or not all(of_kind(one, kind) for one in each):
            expected = f"a list of {kind.__name__}"
            msg = f"driver {self.name!r} answered {shown(answer)} to {hook}; expected {expected}"
            raise DriverError(msg)
        if said := next((said for one in each if (said := self._wrong(hook, one, kind))), ""):
            raise DriverError(said)
        return each

    def _wrong_handle(self, hook: str, handle: TaskHandle, task_id: str) -> str:
        name = f"driver {self.name!r} returned a handle"
        if handle.task_id != task_id:
            return f"{name} of task {shown(handle.task_id)} from the {hook} of {task_id!r}"
        if handle.process is None and not self.implements("wait"):
            return f"{name} without a process and implements no `wait`, so no end could be learnt"
        if handle.driver != self.name:  # after a restart of the host another driver would be asked
            return f"{name} that names {shown(handle.driver)} as its driver; write context.name there"
        return ""

    def _undo(self, handle: object) -> None:
        """End what a driver started although its start is going to be an error; no policy is asked."""
        if not of_kind(handle, TaskHandle):
            return
        self._asking_nobody("stop", handle=handle, request=StopRequest(0))
        self._asking_nobody("destroy", handle=handle, end=None)

    def _asking_nobody(self, hook: str, **arguments: object) -> None:
        """Call a hook without the wrappers round it; what it raises is only told."""
        call = self._relay.subset_hook_caller(hook, self._wrapping)
        try:
            with Contained(self.name, hook):
                call(**arguments)
        except OstlerError as error:
            logger.warning("%s; what it had started may still run", error)
