"""What a driver answers is checked, and its name stands in every error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from ostler import hookimpl
from ostler.drivers import (
    Capabilities,
    Driver,
    ExecuteRequest,
    Exit,
    RecoverableError,
    RefusedError,
    SignalRequest,
    StopRequest,
    TaskHandle,
)
from ostler.errors import DriverError
from tests.drivers.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ostler.drivers import Task

RUBBISH = [None, 42, "started", object, {"task_id": "a/web/1"}]


def trial(**hooks: Callable[..., Any]) -> Trial:
    """Make a trial driver whose named hooks are replaced."""
    members = {name: hookimpl(function) for name, function in hooks.items()}
    plugin: Trial = type("Changed", (Trial,), members)()
    return plugin


def raising(error: BaseException) -> Callable[..., Any]:
    def hook(self: object) -> None:
        raise error

    return hook


def words(call: Callable[[], Any], kind: type[Exception] = DriverError) -> str:
    with pytest.raises(kind) as raised:
        call()
    return str(raised.value)


def test_a_right_driver_is_called(task: Task) -> None:
    driver = Driver("trial", Trial())
    handle = driver.start(task)
    driver.stop(handle, StopRequest(1))
    assert handle.task_id == task.id
    assert [end.task_id for end in driver.wait([handle], 0)] == [task.id]


@pytest.mark.parametrize("answer", RUBBISH, ids=repr)
def test_rubbish_for_a_handle_is_refused(task: Task, answer: object) -> None:
    driver = Driver("trial", trial(start=lambda self, task: answer))
    expected = f"driver 'trial' answered {answer!r} to start; expected TaskHandle"
    assert words(lambda: driver.start(task)) == expected


@pytest.mark.parametrize("answer", [42, "ended", [None], ["ended"]], ids=repr)
def test_rubbish_for_ends_is_refused(handle: TaskHandle, answer: object) -> None:
    driver = Driver("trial", trial(wait=lambda self, handles: answer))
    expected = f"driver 'trial' answered {answer!r} to wait; expected a list of Ended"
    assert words(lambda: driver.wait([handle], 0)) == expected


def test_rubbish_for_a_fingerprint_is_refused(golden: Callable[[str, object], None]) -> None:
    driver = Driver("trial", trial(fingerprint=lambda self: "healthy"))
    golden("facade-fingerprint", words(driver.fingerprint))


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit(3), KeyError("x")], ids=repr)
def test_what_a_hook_raises_names_the_driver_and_the_hook(error: BaseException) -> None:
    driver = Driver("trial", trial(fingerprint=raising(error)))
    assert words(driver.fingerprint) == f"driver 'trial' raised in fingerprint: {error!r}"


@pytest.mark.parametrize("kind", [RefusedError, RecoverableError])
def test_an_answer_by_exception_comes_through_as_it_is(kind: type[Exception], task: Task) -> None:
    def start(self: object, task: Task) -> None:
        msg = f"no image for {task.name}"
        raise kind(msg)

    assert words(lambda: Driver("trial", trial(start=start)).start(task), kind) == "no image for web"


def test_a_keyboard_interrupt_is_nobody_s_fault() -> None:
    with pytest.raises(KeyboardInterrupt):
        Driver("trial", trial(fingerprint=raising(KeyboardInterrupt()))).fingerprint()


def test_a_driver_without_the_required_hooks_is_refused(golden: Callable[[str, object], None]) -> None:
    class Idle:
        @hookimpl
        def fingerprint(self) -> None: ...

    golden("facade-missing", words(lambda: Driver("idle", Idle())))


def test_a_misspelt_hook_is_refused() -> None:
    said = words(lambda: Driver("trial", trial(destory=lambda self, handle: None)))
    expected = "no hook is named 'destory'; did you mean 'destroy'?"
    assert said == f"driver 'trial' does not fit the contract: {expected}"


def test_a_hook_like_no_other_is_answered_with_those_that_there_are() -> None:
    said = words(lambda: Driver("trial", trial(zzz=lambda self: None)))
    assert "no hook is named 'zzz'; there is fingerprint, validate, start, stop, wait, " in said
    assert "\n" not in said


def test_an_argument_that_the_contract_does_not_have_is_refused() -> None:
    said = words(lambda: Driver("trial", trial(start=lambda self, task, colour: None)))
    expected = "start asks for colour; there is task"
    assert said == f"driver 'trial' does not fit the contract: {expected}"


def test_a_handle_of_another_task_is_refused_and_stopped_again(
    task: Task, golden: Callable[[str, object], None]
) -> None:
    plugin = trial(start=lambda self, task: TaskHandle(task_id="a/other/2", driver="trial"))
    golden("facade-other-task", words(lambda: Driver("trial", plugin).start(task)))
    assert plugin.stopped == ["a/other/2"]


def test_a_handle_in_the_name_of_another_driver_is_refused_and_stopped_again(
    task: Task, golden: Callable[[str, object], None]
) -> None:
    plugin = trial(start=lambda self, task: TaskHandle(task_id=task.id, driver="another"))
    golden("facade-other-driver", words(lambda: Driver("trial", plugin).start(task)))
    assert plugin.stopped == [task.id]


@pytest.mark.parametrize(("task_id", "name"), [("a/other/2", "trial"), ("a/web/1", "another")])
def test_a_task_is_recovered_as_itself(handle: TaskHandle, task_id: str, name: str) -> None:
    plugin = trial(recover=lambda self, handle: TaskHandle(task_id=task_id, driver=name))
    with pytest.raises(DriverError, match="driver 'trial' returned a handle "):
        Driver("trial", plugin).recover(handle)


class Deaf:
    """Has all that is required, and nobody would learn how its tasks end."""

    settings = task_settings = Trial.settings
    fingerprint, validate, start = Trial.fingerprint, Trial.validate, Trial.start

    def __init__(self) -> None:
        self.stopped: list[str] = []

    @hookimpl
    def stop(self, handle: TaskHandle) -> None:
        self.stopped.append(handle.task_id)


def test_a_task_whose_end_nobody_would_learn_is_refused_and_stopped_again(
    task: Task, golden: Callable[[str, object], None]
) -> None:
    plugin = Deaf()
    golden("facade-no-wait", words(lambda: Driver("deaf", plugin).start(task)))
    assert plugin.stopped == [task.id]


def test_signals_are_refused_where_they_are_not_declared(
    handle: TaskHandle, golden: Callable[[str, object], None]
) -> None:
    call = lambda: Driver("trial", Trial()).signal(handle, SignalRequest("SIGHUP"))  # noqa: E731
    golden("facade-signals", words(call, RefusedError))


def test_commands_are_refused_where_they_are_not_declared(
    handle: TaskHandle, golden: Callable[[str, object], None]
) -> None:
    call = lambda: Driver("trial", Trial()).execute(handle, ExecuteRequest(("ls",)))  # noqa: E731
    golden("facade-execute", words(call, RefusedError))


@pytest.mark.parametrize(
    "declared",
    [None, {"signals": True}, Capabilities(limits={"memory": "enforced"}), Capabilities(output="file")],  # type: ignore[arg-type]
)
def test_capabilities_that_are_not_as_declared_are_refused_with_what_was_found(declared: object) -> None:
    class Declares(Trial):
        @property
        def capabilities(self) -> object:
            return declared

    with pytest.raises(DriverError, match=r"driver 'trial' answered .*capabilities.*; expected "):
        Driver("trial", Declares())


@pytest.mark.parametrize(
    ("capabilities", "words_expected"),
    [
        (Capabilities(signals=True), "signals, but does not implement signal"),
        (Capabilities(execute=True), "execute, but does not implement execute"),
    ],
)
def test_a_capability_without_its_hook_is_refused(capabilities: Capabilities, words_expected: str) -> None:
    plugin = trial()
    plugin.capabilities = capabilities  # type: ignore[attr-defined]
    expected = f"driver 'trial' declares the capability {words_expected}"
    assert words(lambda: Driver("trial", plugin)) == expected


@pytest.mark.parametrize(
    ("capabilities", "words_expected"),
    [
        (
            Capabilities(widened_by=frozenset({"cap_ad"})),
            "widened_by with 'cap_ad', which is no setting of a task; did you mean 'cap_add'?",
        ),
        (
            Capabilities(default_user="user"),
            "default_user with 'user', which is no setting of the plugin; there is none",
        ),
    ],
)
def test_a_setting_that_there_is_not_widens_nothing(capabilities: Capabilities, words_expected: str) -> None:
    plugin = trial()
    plugin.capabilities = capabilities  # type: ignore[attr-defined]
    plugin.task_settings = attrs.make_class("Settings", ["cap_add"])  # type: ignore[assignment]
    assert words(lambda: Driver("trial", plugin)) == f"driver 'trial' declares {words_expected}"


def test_a_driver_that_does_not_recover_keeps_the_handle(handle: TaskHandle) -> None:
    assert Driver("trial", Trial()).recover(handle) == handle


def test_hooks_that_a_driver_lacks_do_nothing(handle: TaskHandle) -> None:
    driver = Driver("trial", Trial())
    driver.sweep([handle])
    driver.destroy(handle)
    driver.close()
    assert list(driver.doctor()) == []


def test_a_driver_that_explains_nothing_leaves_the_end_as_it_is(handle: TaskHandle) -> None:
    silent = trial(explain=lambda self: None)
    ends = [Driver("trial", each).explain(handle, Exit(code=3)) for each in (Trial(), silent)]
    assert ends == [Exit(code=3), Exit(code=3)]


@pytest.mark.parametrize("answer", [42, "tired", {"code": 1}], ids=repr)
def test_rubbish_for_an_explanation_is_refused(handle: TaskHandle, answer: object) -> None:
    driver = Driver("trial", trial(explain=lambda self: answer))
    expected = f"driver 'trial' answered {answer!r} to explain; expected Exit"
    assert words(lambda: driver.explain(handle, Exit(code=3))) == expected


def test_one_driver_s_hooks_do_not_reach_another(task: Task) -> None:
    first, second = Trial(), Trial()
    handle = Driver("trial", first).start(task)
    Driver("second", second).stop(handle, StopRequest(0))
    assert (first.stopped, second.stopped) == ([], [task.id])


def test_a_hook_names_only_the_arguments_that_it_needs(handle: TaskHandle) -> None:
    def wait(self: object, handles: Sequence[TaskHandle]) -> list[object]:
        return []

    assert list(Driver("trial", trial(wait=wait)).wait([handle], 0)) == []
