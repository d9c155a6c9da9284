"""Policies may refuse, observers may look; whatever else one does is an error or a warning that names it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

import pytest

from ostler import hookimpl
from ostler.drivers import Driver, Exit, RefusedError, StopRequest, TaskHandle, Veto, Wrapper
from ostler.errors import DriverError
from tests.drivers.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ostler.drivers import Task

    Steps = Generator[None, Any, Any]

wraps = hookimpl(wrapper=True)


class Agrees:
    @wraps
    def start(self, task: Task) -> Steps:
        return (yield)


class VetoesBefore:
    @wraps
    def start(self, task: Task) -> Steps:
        msg = f"{task.name} asks for too much memory"
        raise Veto(msg)
        yield


class VetoesAfter:
    @wraps
    def start(self) -> Steps:
        yield
        msg = "seen enough"
        raise Veto(msg)


class RaisesBefore:
    @wraps
    def start(self) -> Steps:
        msg = "no such rule"
        raise KeyError(msg)
        yield


class RaisesAfter:
    @wraps
    def start(self) -> Steps:
        yield
        msg = "no such rule"
        raise KeyError(msg)


class RaisesDriverError:
    @wraps
    def start(self) -> Steps:
        msg = "as if it were the driver"
        raise DriverError(msg)
        yield


class Exits:
    @wraps
    def start(self) -> Steps:
        raise SystemExit(3)
        yield


class ReturnsAnother:
    @wraps
    def start(self, task: Task) -> Steps:
        yield
        return TaskHandle(task_id=task.id, driver="another")


class ReturnsNothing:
    @wraps
    def start(self) -> Steps:
        yield


class NeverYields:
    @wraps
    def start(self) -> Steps:
        if self is None:
            yield


class YieldsTwice:
    @wraps
    def start(self) -> Steps:
        answer = yield
        yield
        return answer


class HidesErrors:
    @wraps
    def start(self, task: Task) -> Steps:
        try:
            return (yield)
        except RefusedError:
            return TaskHandle(task_id=task.id, driver="trial")


class ReplacesErrors:
    @wraps
    def start(self) -> Steps:
        try:
            return (yield)
        except RefusedError as error:
            msg = "my own words"
            raise ValueError(msg) from error


class IsNoGenerator:
    @wraps
    def start(self) -> Steps:
        return None  # type: ignore[return-value]


class Interrupts:
    @wraps
    def start(self) -> Steps:
        raise KeyboardInterrupt
        yield


class ClingsOn:
    @wraps
    def start(self) -> Steps:
        yield
        try:
            yield
        except GeneratorExit:
            yield


class Unshowable:
    def __repr__(self) -> str:
        msg = "no words"
        raise ValueError(msg)


class ReturnsTheUnshowable:
    @wraps
    def start(self) -> Steps:
        yield
        return Unshowable()


class VetoesAtLength:
    @wraps
    def start(self) -> Steps:
        yield
        raise Veto("no " * 2000)


BEFORE_THE_START = [RaisesBefore, RaisesDriverError, Exits, NeverYields, IsNoGenerator, Interrupts]
BREAKS_LATE = [RaisesAfter, ReturnsAnother, ReturnsNothing, YieldsTwice, ClingsOn]
BREAKS = [*BEFORE_THE_START, *BREAKS_LATE]
AFTER_THE_START = [VetoesAfter, VetoesAtLength, ReturnsTheUnshowable, *BREAKS_LATE]
ROUND_A_FAILURE = [HidesErrors, ReplacesErrors]


class Failing(Trial):
    @hookimpl
    def start(self, task: Task) -> object:
        msg = f"no image for {task.name}"
        raise RefusedError(msg)


def wrapped(plugin: Trial, hooks: type[Any], kind: Literal["policy", "observer"] = "policy") -> Driver:
    return Driver("trial", plugin, [Wrapper("strict", hooks(), kind)])


def words(call: Callable[[], Any], kind: type[Exception] = DriverError) -> str:
    with pytest.raises(kind) as raised:
        call()
    return str(raised.value)


def test_a_policy_that_agrees_changes_nothing(task: Task, handle: TaskHandle) -> None:
    assert wrapped(Trial(), Agrees).start(task) == handle


def test_a_veto_reaches_the_operator(task: Task, golden: Callable[[str, object], None]) -> None:
    golden("wrappers-veto", words(lambda: wrapped(Trial(), VetoesBefore).start(task), RefusedError))


def test_a_veto_before_the_start_starts_nothing(task: Task) -> None:
    plugin = Trial()
    words(lambda: wrapped(plugin, VetoesBefore).start(task), RefusedError)
    assert plugin.stopped == []


@pytest.mark.parametrize("hooks", AFTER_THE_START)
def test_what_was_started_already_is_stopped_again(hooks: type[Any], task: Task) -> None:
    plugin = Trial()
    words(lambda: wrapped(plugin, hooks).start(task), Exception)
    assert plugin.stopped == [task.id]


def test_what_was_started_already_is_destroyed_too(task: Task) -> None:
    destroyed: list[str] = []

    class Keeps(Trial):
        @hookimpl
        def destroy(self, handle: TaskHandle) -> None:
            destroyed.append(handle.task_id)

    words(lambda: wrapped(Keeps(), VetoesAfter).start(task), RefusedError)
    assert destroyed == [task.id]


@pytest.mark.parametrize("outer", ROUND_A_FAILURE)
def test_what_was_started_is_stopped_though_another_policy_hides_the_veto(
    outer: type[Any], task: Task
) -> None:
    plugin = Trial()
    policies = [Wrapper("outer", outer()), Wrapper("strict", VetoesAfter())]
    words(lambda: Driver("trial", plugin, policies).start(task))
    assert plugin.stopped == [task.id]


@pytest.mark.parametrize("hooks", BREAKS)
def test_a_policy_that_breaks_the_contract_is_named(
    hooks: type[Any], task: Task, golden: Callable[[str, object], None]
) -> None:
    golden(f"wrappers-{hooks.__name__}", words(lambda: wrapped(Trial(), hooks).start(task)))


@pytest.mark.parametrize("hooks", ROUND_A_FAILURE)
def test_a_policy_that_hides_a_failure_is_named(
    hooks: type[Any], task: Task, golden: Callable[[str, object], None]
) -> None:
    golden(f"wrappers-{hooks.__name__}", words(lambda: wrapped(Failing(), hooks).start(task)))


def test_a_failure_comes_through_a_policy_that_agrees(task: Task) -> None:
    assert words(lambda: wrapped(Failing(), Agrees).start(task), RefusedError) == "no image for web"


@pytest.mark.parametrize("hooks", [VetoesBefore, *AFTER_THE_START, *BEFORE_THE_START])
def test_an_observer_changes_nothing_and_is_named(
    hooks: type[Any], task: Task, handle: TaskHandle, caplog: pytest.LogCaptureFixture
) -> None:
    plugin = Trial()
    with caplog.at_level(logging.WARNING):
        assert wrapped(plugin, hooks, "observer").start(task) == handle
    assert plugin.stopped == []
    assert "observer 'strict'" in caplog.text
    assert "policy 'strict'" not in caplog.text


@pytest.mark.parametrize("hooks", ROUND_A_FAILURE)
def test_an_observer_can_hide_no_failure(
    hooks: type[Any], task: Task, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        said = words(lambda: wrapped(Failing(), hooks, "observer").start(task), RefusedError)
    assert said == "no image for web"
    assert "observer 'strict'" in caplog.text


def test_what_an_observer_does_wrong_is_told_in_one_line(
    task: Task, caplog: pytest.LogCaptureFixture, golden: Callable[[str, object], None]
) -> None:
    with caplog.at_level(logging.WARNING):
        wrapped(Trial(), RaisesAfter, "observer").start(task)
    golden("wrappers-observer", caplog.messages[0])


def test_an_observer_sees_a_veto(task: Task) -> None:
    seen: list[str] = []

    class Watches:
        @wraps
        def start(self) -> Steps:
            try:
                return (yield)
            except RefusedError as error:
                seen.append(str(error))
                raise

    policies = [Wrapper("watch", Watches(), "observer"), Wrapper("strict", VetoesBefore())]
    words(lambda: Driver("trial", Trial(), policies).start(task), RefusedError)
    assert seen == ["refused by policy 'strict': web asks for too much memory"]


def test_undoing_a_vetoed_start_asks_no_policy(task: Task) -> None:
    class NeverStops(VetoesAfter):
        @wraps
        def stop(self) -> Steps:
            msg = "tasks run for ever"
            raise Veto(msg)
            yield

    plugin = Trial()
    words(lambda: wrapped(plugin, NeverStops).start(task), RefusedError)
    assert plugin.stopped == [task.id]


def test_a_policy_may_refuse_a_stop(handle: TaskHandle) -> None:
    class NeverStops:
        @wraps
        def stop(self) -> Steps:
            msg = "tasks run for ever"
            raise Veto(msg)
            yield

    driver = wrapped(Trial(), NeverStops)
    said = words(lambda: driver.stop(handle, StopRequest(0)), RefusedError)
    assert said == "refused by policy 'strict': tasks run for ever"


def test_a_wrapper_of_no_hook_is_refused(golden: Callable[[str, object], None]) -> None:
    class Misspelt:
        @wraps
        def strat(self) -> Steps:
            return (yield)

    golden("wrappers-unknown", words(lambda: wrapped(Trial(), Misspelt)))


def test_a_policy_that_would_decide_nothing_is_refused(golden: Callable[[str, object], None]) -> None:
    class Unmarked:
        def start(self) -> Steps:
            return (yield)

    class Empty:
        pass

    def refused(hooks: object) -> str:
        return words(lambda: Driver("trial", Trial(), [Wrapper("strict", hooks)]))

    said = [refused(Unmarked()), refused(Empty()), refused(Unmarked)]
    golden("wrappers-fail-closed", "\n".join(said))


def test_an_observer_may_have_methods_of_its_own() -> None:
    class Counting:
        def close(self) -> None:
            """Not a hook."""

        @wraps
        def start(self) -> Steps:
            return (yield)

    assert Driver("trial", Trial(), [Wrapper("counting", Counting(), "observer")]).name == "trial"


class Listens:
    """Notes which of several was called first, and round which driver."""

    def __init__(self, name: str, heard: list[str]) -> None:
        self.name, self.heard = name, heard

    @wraps
    def fingerprint(self, driver: str) -> Steps:
        self.heard.append(f"{self.name} {driver}")
        return (yield)

    @wraps
    def stop(self, request: StopRequest, driver: str, handle: TaskHandle, more: str = "none") -> Steps:
        self.heard.append(f"{self.name} {driver} {handle.task_id} {request.grace_seconds:g} {more}")
        return (yield)


def test_a_wrapper_that_asks_is_told_which_driver_is_called(handle: TaskHandle) -> None:
    heard: list[str] = []
    one = Wrapper("one", Listens("one", heard))
    for name in ("trial", "other"):
        driver = Driver(name, Trial(), [one])
        driver.fingerprint()
        driver.stop(handle, StopRequest(3))
    assert heard == ["one trial", "one trial a/web/1 3 none", "one other", "one other a/web/1 3 none"]


def test_the_first_is_the_outermost_and_observers_stand_round_policies() -> None:
    heard: list[str] = []
    kinds: list[tuple[str, Literal["policy", "observer"]]] = [
        ("first", "policy"),
        ("watching", "observer"),
        ("second", "policy"),
        ("looking", "observer"),
    ]
    wrappers = [Wrapper(name, Listens(name, heard), kind) for name, kind in kinds]
    Driver("trial", Trial(), wrappers).fingerprint()
    assert [each.split()[0] for each in heard] == ["watching", "looking", "first", "second"]


def test_a_wrapper_that_asks_for_what_nobody_has_is_refused(golden: Callable[[str, object], None]) -> None:
    class Misspelt:
        @wraps
        def start(self, tsk: Task) -> Steps:
            return (yield)

        @wraps
        def stop(self, request: StopRequest, grace: float) -> Steps:
            return (yield)

    golden("wrappers-arguments", words(lambda: wrapped(Trial(), Misspelt)))


def test_destroying_tells_how_the_task_ended(handle: TaskHandle) -> None:
    ends: list[Exit | None] = []

    class Counts:
        @wraps
        def destroy(self, handle: TaskHandle, end: Exit | None) -> Steps:
            ends.append(end)
            return (yield)

    driver = wrapped(Trial(), Counts, "observer")
    driver.destroy(handle, Exit(code=3))
    driver.destroy(handle)
    assert ends == [Exit(code=3), None]
    assert (driver.implements("destroy"), driver.answers("destroy")) == (False, True)
