"""Tasks of drivers with bad manners, run by the client as any others."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ostler import Client, hookimpl
from ostler.config import AgentConfig, ClientConfig, DriverDeadlines
from ostler.drivers import Exit, Reason
from ostler.drivers.settings import Located
from ostler.jobs import Group, Job, JobTask, Restart
from ostler.runner.together import together
from tests.runner import drivers

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from ostler.client import Result, Run
    from ostler.runner.events import Event

NAMED = {
    kind.__name__.lower(): kind
    for kind in (
        drivers.Courteous,
        drivers.LearnsItsEnd,
        drivers.StopsAtTheSecondTry,
        drivers.TellsNoEnd,
        drivers.WaitRaisesFirst,
        drivers.StartsSlowly,
        drivers.StartsAtTheThirdTry,
        drivers.WritesNoHandle,
        drivers.HangsInStop,
        drivers.Talkative,
    )
}
QUICK = Restart(attempts=3, interval_seconds=60, delay_seconds=0.01)


class Stage:
    """Runs jobs of these drivers and remembers what happened."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.events: list[Event] = []
        self.started = threading.Event()

    def start(self, *names: str, grace: float = 0.2, restart: Restart = Restart(attempts=0)) -> Run:  # noqa: B008 - frozen
        tasks = tuple(
            JobTask(
                name=name,
                driver=name,
                config=Located(value={}),
                restart=restart,
                kill_timeout_seconds=grace,
                path=name,
            )
            for name in names
        )
        group = Group(name="g", tasks=tasks, path="group")
        job = Job(id="j", name="j", type="batch", groups=(group,), path="job")
        return self.client.start(job, on_event=self.take)

    def take(self, event: Event) -> None:
        self.events.append(event)
        if event.type == "Started":
            self.started.set()

    def messages(self, kind: str) -> list[str]:
        return [event.message for event in self.events if event.type == kind]


@pytest.fixture
def stage(data_dir: Path) -> Iterator[Stage]:
    with Client(data_dir=data_dir, drivers=NAMED) as client:
        yield Stage(client)


def ended(running: Run) -> Result:
    result = running.wait(25)
    assert result is not None
    return result


def stopped(stage: Stage, name: str, *, grace: float = 0.2) -> Result:
    running = stage.start(name, grace=grace)
    assert stage.started.wait(10)
    running.stop()
    return ended(running)


def test_a_stop_is_polite_and_the_task_destroyed_after(stage: Stage) -> None:
    result = stopped(stage, "courteous", grace=3.5)
    assert result.code == 130
    assert drivers.Courteous.asked == [("start", "courteous"), ("stop", 3.5), ("destroy", "courteous")]


def test_a_driver_is_told_how_the_task_ended_that_it_forgets(stage: Stage) -> None:
    stopped(stage, "learnsitsend")
    assert drivers.LearnsItsEnd.asked[-1] == ("destroy", Exit(code=143, signal=15))


def test_an_observer_learns_the_end_of_a_task_whose_driver_forgets_nothing(data_dir: Path) -> None:
    ends: list[Exit | None] = []

    class Counts:
        @hookimpl(wrapper=True)
        def destroy(self, end: Exit | None) -> Generator[None, Any, Any]:
            ends.append(end)
            return (yield)

    named = {"forgetful": drivers.ForgetsNothing}
    with Client(data_dir=data_dir, drivers=named, observers={"counts": Counts()}) as client:
        stopped(Stage(client), "forgetful")
    assert ends == [Exit(code=143, signal=15)]


def test_a_stop_that_raises_is_reported_and_tried_again(stage: Stage) -> None:
    result = stopped(stage, "stopsatthesecondtry")
    assert result.code == 130
    assert stage.messages("Driver Failure") == [
        "driver 'stopsatthesecondtry' raised in stop: OSError('not now') (try 1 of 5 to stop)"
    ]


def test_a_driver_that_tells_no_end_makes_the_task_lost(
    data_dir: Path,
) -> None:
    brief = AgentConfig(client=ClientConfig(driver_deadlines=DriverDeadlines(end_seconds=0.3)))
    with Client(brief, data_dir=data_dir, drivers=NAMED) as client:
        result = stopped(Stage(client), "tellsnoend")
    (task,) = result.tasks
    assert task.exit is not None
    assert task.exit.reason is Reason.LOST
    assert "told no end within 0.3 s" in task.exit.message
    assert list(data_dir.glob("client/*")) == []


def test_a_wait_that_raises_is_asked_again(stage: Stage) -> None:
    result = ended(stage.start("waitraisesfirst"))
    assert result.code == 7


def test_a_stop_during_the_start_ends_what_was_started(stage: Stage) -> None:
    running = stage.start("startsslowly")
    while not drivers.StartsSlowly.asked:
        time.sleep(0.01)
    running.stop()
    assert ended(running).code == 130
    assert [what for what, _ in drivers.StartsSlowly.asked] == ["start", "stop", "destroy"]


def test_a_start_that_may_work_later_is_tried_again(stage: Stage) -> None:
    result = ended(stage.start("startsatthethirdtry", restart=QUICK))
    assert (result.code, result.tasks[0].restarts) == (0, 2)
    assert stage.messages("Driver Failure") == ["busy", "busy"]


def test_a_handle_that_cannot_be_written_down_ends_its_task(stage: Stage, data_dir: Path) -> None:
    result = ended(stage.start("writesnohandle"))
    assert result.code == 125
    assert "driver 'writesnohandle' answered start with TaskHandle.state can't be written" in result.failure
    assert [what for what, _ in drivers.WritesNoHandle.asked] == ["stop", "destroy"]
    assert list(data_dir.glob("client/*")) == []


def test_a_second_stop_cuts_the_grace_short(stage: Stage) -> None:
    running = stage.start("hangsinstop", grace=20.0)
    assert stage.started.wait(10)
    began = time.monotonic()
    running.stop()
    time.sleep(0.2)
    running.kill()
    assert ended(running).code == 130
    assert time.monotonic() - began < 10
    assert ("stop", 0.0) in drivers.HangsInStop.asked


def test_a_failed_task_stops_its_siblings(stage: Stage) -> None:
    result = ended(stage.start("waitraisesfirst", "courteous"))
    assert result.code == 7
    assert stage.messages("Sibling Task Failed") == ["task 'waitraisesfirst' of the same allocation failed"]
    assert ("stop", 0.2) in drivers.Courteous.asked


def test_records_that_vanish_end_every_task(stage: Stage, data_dir: Path) -> None:
    running = stage.start("courteous", "startsslowly")
    assert stage.started.wait(10)
    (record,) = data_dir.glob("client/*")
    deadline = time.monotonic() + 10
    while len(list(record.glob(".*.fifo"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.005)
    for path in record.iterdir():
        path.unlink()
    record.rmdir()
    result = ended(running)
    assert result.code == 125
    assert "can't be written down" in result.failure
    assert ("stop", 0.2) in drivers.Courteous.asked
    assert ("destroy", "startsslowly") in drivers.StartsSlowly.asked


def test_what_takes_part_waits_for_the_others_when_one_breaks() -> None:
    told: list[str] = []
    gate = asyncio.Event()

    async def breaks() -> None:
        message = "broken"
        raise KeyError(message)

    async def lasts() -> None:
        await gate.wait()
        told.append("ended in order")

    async def act() -> None:
        await together([asyncio.create_task(breaks()), asyncio.create_task(lasts())], gate.set)

    with pytest.raises(KeyError, match="broken"):
        asyncio.run(act())
    assert told == ["ended in order"]


def test_what_a_driver_says_of_a_task_is_an_event_of_that_task(stage: Stage) -> None:
    assert ended(stage.start("talkative")).code == 0
    said = [event for event in stage.events if event.type == "Driver"]
    assert [(each.task, each.message, each.details) for each in said] == [
        ("talkative", "pulled", {"layers": "3"})
    ]


def test_what_a_driver_says_of_a_task_that_is_not_there_is_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    ended(stage.start("talkative"))
    assert "spoke of task 'nobody/knows/it', which does not run here: lost" in caplog.text
