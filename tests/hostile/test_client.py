"""What a driver does wrong in a hook costs its own tasks, and is one sentence for whoever embeds Ostler."""

from __future__ import annotations

import gc
import signal
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from ostler import OstlerError, hookimpl
from ostler.config import DriverDeadlines
from ostler.drivers import Exit, Fingerprint, Health, Reason, Stats, TaskHandle
from ostler.drivers.answers import wrong
from tests.hostile.conftest import BRIEF, BRIEFLY_OPENED
from tests.hostile.hostile_driver import (
    ANSWERS,
    RAISES,
    RELEASE,
    RUBBISH,
    Sound,
    Untold,
    WorldError,
    hang,
    hostile,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler import Client
    from ostler.client import Result, Run
    from ostler.drivers import DriverContext, StopRequest, Task
    from ostler.runner.events import Event

LONGEST = 800
SOON_SECONDS = 8.0  # what hangs here does so for longer than a test may last
ANSWERING = ("fingerprint", "validate", "start")
PLACES = ("constructor", "capabilities", "settings", "task_settings", *ANSWERING)


def job(driver: str, *, seconds: float = 0.0, kill_timeout: str = "100ms") -> str:
    return f"""
job "{driver}" {{
  type = "batch"
  group "g" {{
    task "{driver}" {{
      driver = "{driver}"
      kill_timeout = "{kill_timeout}"
      config {{
        seconds = "{seconds}s"
      }}
      restart {{
        attempts = 0
      }}
    }}
  }}
}}
"""


def sentence(client: Client, driver: str) -> str:
    """Run a job of the driver, and give what is said of its failure."""
    try:
        return client.run(job(driver)).failure
    except OstlerError as error:
        return str(error)


def serves(client: Client) -> bool:
    return client.run(job("sound")).code == 0


class Watched:
    """A run whose events are kept."""

    def __init__(self, client: Client, text: str) -> None:
        self.events: list[Event] = []
        self.started = threading.Event()
        self.run: Run = client.start(text, on_event=self._take)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        if event.type == "Started":
            self.started.set()

    def said(self, kind: str = "Driver Failure") -> list[str]:
        return [event.message for event in self.events if event.type == kind]


@pytest.mark.parametrize("place", PLACES)
def test_what_is_done_in_a_place_is_one_sentence(
    place: str, open_client: Callable[..., Client], golden: Callable[[str, dict[str, str]], None]
) -> None:
    deeds = {**RAISES, **ANSWERS, **(RUBBISH if place in ANSWERING else {})}
    client = open_client(DriverDeadlines(), **{deed: hostile(place, deed) for deed in deeds})
    said = {deed: sentence(client, deed) for deed in deeds}
    assert [deed for deed, each in said.items() if len(each) > LONGEST and "long" not in deed] == []
    golden(place, {deed: each if len(each) < LONGEST else f"{each[:80]}..." for deed, each in said.items()})
    assert serves(client)


@pytest.mark.parametrize("place", PLACES)
def test_what_hangs_before_the_start_is_late_and_named(
    place: str, open_client: Callable[..., Client], golden: Callable[[str, dict[str, str]], None]
) -> None:
    deadlines = BRIEF if place in ANSWERING else BRIEFLY_OPENED
    client = open_client(deadlines, hostile=hostile(place, entered_and_hang))
    if place == "start":
        watched = starting(client)
        assert serves(client)
        watched.run.stop()
        said = ended(watched.run).failure
    else:
        began = time.monotonic()
        said = sentence(client, "hostile")
        assert time.monotonic() - began < SOON_SECONDS
    golden(f"hang-{place}", {"hang": said})
    assert serves(client)


def ended(run: Run) -> Result:
    result = run.wait(10)
    assert result is not None, "the run does not end"
    return result


@pytest.mark.parametrize("place", ANSWERING)
def test_what_is_slow_is_waited_for(place: str, open_client: Callable[..., Client]) -> None:
    client = open_client(DriverDeadlines(), hostile=hostile(place, "slow"))
    assert client.run(job("hostile")).code == 0


def test_a_driver_that_hangs_in_its_constructor_is_waited_for_once(
    open_client: Callable[..., Client],
) -> None:
    client = open_client(BRIEFLY_OPENED, hostile=hostile("constructor", "hang"))
    sentence(client, "hostile")
    took: list[float] = []
    while len(took) < 5 and min(took, default=1.0) > BRIEFLY_OPENED.open_seconds / 2:  # it may be the machine
        began = time.monotonic()
        assert "did not return from its constructor" in sentence(client, "hostile")
        took.append(time.monotonic() - began)
    assert min(took) <= BRIEFLY_OPENED.open_seconds / 2


def test_a_driver_whose_constructor_came_late_serves_then(open_client: Callable[..., Client]) -> None:
    client = open_client(BRIEFLY_OPENED, hostile=hostile("constructor", "hang"))
    assert "did not return from its constructor" in sentence(client, "hostile")
    RELEASE.set()
    deadline = time.monotonic() + SOON_SECONDS
    while (said := sentence(client, "hostile")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert said == ""


def test_drivers_that_can_not_be_asked_are_unhealthy_and_hide_no_other(
    open_client: Callable[..., Client], golden: Callable[[str, dict[str, str]], None]
) -> None:
    client = open_client(
        BRIEFLY_OPENED,
        **{f"{place}-{deed}": hostile(place, deed) for place in PLACES[:5] for deed in ("hang", "interrupt")},
    )
    began = time.monotonic()
    node, found = client.node()
    assert time.monotonic() - began < SOON_SECONDS
    assert found["sound"].health is Health.HEALTHY
    assert "driver.sound" in node.attributes
    unhealthy = {name: each for name, each in found.items() if "-" in name and each.reason}
    golden("node", {name: f"{each.health}: {each.reason}; {each.remedy}" for name, each in unhealthy.items()})


def test_a_start_that_takes_long_is_told_of(open_client: Callable[..., Client]) -> None:
    watched = starting(open_client(BRIEFLY_OPENED, hostile=hostile("start", entered_and_hang)))
    deadline = time.monotonic() + SOON_SECONDS
    while not watched.said("Driver") and time.monotonic() < deadline:
        time.sleep(0.02)
    RELEASE.set()
    assert ended(watched.run).code == 0
    assert watched.said("Driver") == ["driver 'hostile' has not answered start for 1 s; still waiting"]


ENTERED = threading.Event()


def entered_and_hang() -> object:
    ENTERED.set()
    return hang()


def starting(client: Client) -> Watched:
    """Run a job, and wait until its driver hangs in `start`."""
    ENTERED.clear()
    watched = Watched(client, job("hostile"))
    assert ENTERED.wait(SOON_SECONDS)
    return watched


def test_a_start_that_hangs_is_given_up_after_a_stop(open_client: Callable[..., Client]) -> None:
    watched = starting(open_client(hostile=hostile("start", entered_and_hang)))
    began = time.monotonic()
    watched.run.stop()
    result = ended(watched.run)
    assert time.monotonic() - began < SOON_SECONDS
    assert (result.code, result.tasks[0].unended) == (125, True)


def test_what_starts_after_it_was_given_up_is_stopped_and_destroyed(
    open_client: Callable[..., Client],
) -> None:
    stopped, destroyed = threading.Event(), threading.Event()

    class Late(hostile("start", entered_and_hang)):  # type: ignore[misc]
        @hookimpl
        def stop(self, handle: object, request: object) -> None:
            stopped.set()

        @hookimpl
        def destroy(self, handle: object) -> None:
            destroyed.set()

    watched = starting(open_client(hostile=Late))
    watched.run.kill()
    ended(watched.run)
    RELEASE.set()
    assert stopped.wait(SOON_SECONDS)
    assert destroyed.wait(SOON_SECONDS)


@pytest.mark.parametrize("deed", ["hang", "raise", "interrupt", "mute"])
def test_a_task_that_is_not_stopped_may_still_run_and_is_named(
    deed: str, open_client: Callable[..., Client], golden: Callable[[str, dict[str, str]], None]
) -> None:
    client = open_client(hostile=hostile("stop", deed))
    watched = Watched(client, job("hostile", seconds=60))
    assert watched.started.wait(SOON_SECONDS)
    began = time.monotonic()
    watched.run.kill()  # at once: after a stop it would be by chance which of the two the driver hears first
    result = ended(watched.run)
    assert time.monotonic() - began < SOON_SECONDS
    golden(f"stop-{deed}", dict(enumerate([*watched.said(), result.failure])))  # type: ignore[arg-type]
    assert (result.code, result.tasks[0].unended) == (125, True)
    assert serves(client)


def test_a_task_that_is_not_stopped_keeps_its_record(open_client: Callable[..., Client]) -> None:
    client = open_client(hostile=hostile("stop", "hang"))
    watched = Watched(client, job("hostile", seconds=60))
    assert watched.started.wait(SOON_SECONDS)
    watched.run.kill()
    ended(watched.run)
    (left,) = client.allocations()
    assert [task.driver for task in left.tasks] == ["hostile"]


def test_a_wait_that_hangs_keeps_nobody_else_waiting(
    open_client: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    client = open_client(hostile=hostile("wait", "hang"))
    watched = Watched(client, job("hostile"))
    assert watched.started.wait(SOON_SECONDS)
    assert serves(client)
    deadline = time.monotonic() + SOON_SECONDS
    while not caplog.messages and time.monotonic() < deadline:
        time.sleep(0.05)
    assert caplog.messages == [
        "driver 'hostile' has not answered wait for 2 s; the ends of its tasks are not learnt meanwhile"
    ]
    watched.run.stop()
    (task,) = ended(watched.run).tasks
    assert task.exit is not None
    assert task.exit.message == "driver 'hostile' told no end within 1 s after the stop"


@pytest.mark.parametrize("deed", ["hang", "raise", "interrupt", "mute"])
def test_a_destroy_that_fails_is_told_and_changes_nothing(
    deed: str, open_client: Callable[..., Client], golden: Callable[[str, dict[str, str]], None]
) -> None:
    watched = Watched(open_client(hostile=hostile("destroy", deed)), job("hostile"))
    assert ended(watched.run).code == 0
    golden(f"destroy-{deed}", dict(enumerate(watched.said())))  # type: ignore[arg-type]


@pytest.mark.parametrize("deed", ["hang", "raise", "interrupt", "mute"])
def test_a_close_that_fails_is_logged_and_the_others_are_closed(
    deed: str,
    open_client: Callable[..., Client],
    caplog: pytest.LogCaptureFixture,
    golden: Callable[[str, dict[str, str]], None],
) -> None:
    client = open_client(**{name: hostile("close", deed) for name in ("first", "second", "third")})
    client.node()
    began = time.monotonic()
    client.close()
    assert time.monotonic() - began < SOON_SECONDS
    golden(f"close-{deed}", dict(enumerate(caplog.messages)))  # type: ignore[arg-type]


def test_an_exception_that_holds_the_world_is_let_go(open_client: Callable[..., Client]) -> None:
    held: list[weakref.ref[BaseException]] = []

    def fail() -> object:
        error = WorldError(bytearray(8))
        held.append(weakref.ref(error))
        raise error

    client = open_client(hostile=hostile("start", fail))
    assert "holds the world" in sentence(client, "hostile")
    gc.collect()
    assert [each() for each in held] == [None]


WRONG: dict[str, dict[str, Any]] = {
    "task_id": {"task_id": 5},
    "task_id-untold": {"task_id": Untold()},
    "attributes": {"attributes": None},
    "attribute": {"attributes": {"a": 1}},
    "process": {"process": "12"},
    "state": {"state": {"lock": threading.Lock()}},
    "state-long": {"state": {"list": ["x" * 2 * 10**6]}},
}


def test_a_handle_with_a_wrong_field_is_refused_and_its_task_stopped(
    open_client: Callable[..., Client], golden: Callable[[str, dict[str, str]], None]
) -> None:
    stops = []

    class Wrong(Sound):
        @hookimpl
        def start(self, task: Task) -> object:
            return evolve(TaskHandle(task_id=task.id, driver=self.name), **WRONG[self.name])

        @hookimpl
        def stop(self, handle: TaskHandle, request: StopRequest) -> None:
            stops.append(self.name)

    client = open_client(**dict.fromkeys(WRONG, Wrong))
    golden("handle", {name: sentence(client, name) for name in WRONG})
    assert stops == list(WRONG)
    assert serves(client)


EMITTED: dict[str, tuple[Any, Any, Any]] = {
    "no-id": (None, "pulled", {}),
    "no-text": ("a/t/1", 5, {}),
    "untold": ("a/t/1", "pulled", Untold()),
}


def test_what_can_not_be_emitted_is_the_drivers_fault(
    open_client: Callable[..., Client], golden: Callable[[str, dict[str, str]], None]
) -> None:
    class Emits(Sound):
        def __init__(self, context: DriverContext) -> None:
            super().__init__(context)
            self.context = context

        @hookimpl
        def start(self, task: Task) -> object:
            self.context.emit(*EMITTED[self.name])
            return None

    client = open_client(**dict.fromkeys(EMITTED, Emits))
    golden("emit", {name: sentence(client, name) for name in EMITTED})
    assert serves(client)


def test_many_drivers_that_hang_do_not_add_up(open_client: Callable[..., Client]) -> None:
    client = open_client(**{f"h{number}": hostile("fingerprint", "hang") for number in range(20)})
    began = time.monotonic()
    client.node()
    client.close()
    assert time.monotonic() - began < SOON_SECONDS


def test_a_thread_that_outlives_the_close_is_named(
    open_client: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    client = open_client(hostile=hostile("start", "thread"))
    assert client.run(job("hostile")).code == 0
    client.close()
    assert caplog.messages == [
        "thread 'left-behind' runs code of driver 'hostile' after its close, and keeps a program from ending"
    ]


def test_a_driver_that_hangs_keeps_nobody_waiting_who_shares_the_client(
    open_client: Callable[..., Client],
) -> None:
    client = open_client(DriverDeadlines(open_seconds=20), hostile=hostile("constructor", entered_and_hang))
    ENTERED.clear()
    other = threading.Thread(target=sentence, args=(client, "hostile"))
    other.start()
    assert ENTERED.wait(SOON_SECONDS)
    began = time.monotonic()
    assert serves(client)
    assert time.monotonic() - began < SOON_SECONDS
    RELEASE.set()
    other.join()


NUMBERS = {
    "an enum of numbers": Exit(code=0, signal=signal.SIGINT),
    "a whole number for a float": Stats(cpu_user_seconds=1),
    "an enum of strings": Fingerprint(health=Health.HEALTHY, reason=Reason.OOM),
}


@pytest.mark.parametrize("value", NUMBERS.values(), ids=NUMBERS)
def test_what_means_the_same_is_taken(value: object) -> None:
    assert wrong(value, type(value)) == ""


@pytest.mark.parametrize("value", [Exit(code=True), Stats(memory_bytes=1.5)], ids=repr)  # type: ignore[arg-type]
def test_what_does_not_mean_the_same_is_not_taken(value: object) -> None:
    assert wrong(value, type(value))
