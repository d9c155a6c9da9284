"""An end that the executor saw is told in its driver's words."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, field, frozen

from ostler import Client, hookimpl
from ostler.drivers import Ended, Exit, Fingerprint, Health, ProcessHooks, Reason, TaskHandle
from ostler.drivers.settings import Located
from ostler.executor import Command, Isolation, Tier
from ostler.jobs import Group, Job, JobTask, Restart
from ostler.runner.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ostler.client import Result
    from ostler.drivers import Task

IMPATIENT = 'client {\n  driver_deadlines {\n    answer = "2s"\n  }\n}\n'
FUEL = evolve(Exit(code=3), reason=Reason.TIMEOUT, message="it used up its fuel")


@frozen
class Nothing:
    """No settings."""


@frozen
class Script:
    """What a task does."""

    script: str = "exit 3"


class Plain(ProcessHooks):
    """Runs processes, and says no more of their ends than the executor."""

    settings, task_settings = Nothing, Script

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self) -> None:
        """Find nothing wrong."""

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        command = Command(
            id=task.id,
            argv=("/bin/sh", "-c", task.config.script),
            stdout=task.stdout_path,
            stderr=task.stderr_path,
            isolation=Isolation(minimum=Tier.NONE),
        )
        process = self.context.executor.start(command)
        return TaskHandle(task_id=task.id, driver=self.context.name, process=process)


def explaining(explain: Callable[[Exit], Any], asked: list[Exit]) -> type[Plain]:
    """Make a driver that explains ends so, and notes them down."""

    class Explaining(Plain):
        @hookimpl
        def explain(self, end: Exit) -> Exit | None:
            asked.append(end)
            found: Exit | None = explain(end)
            return found

    return Explaining


class Unasked(Plain):
    """Tells its ends by `wait`, so that nobody asks its `explain`."""

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        return TaskHandle(task_id=task.id, driver=self.context.name)

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle]) -> list[Ended]:
        return [Ended(each.task_id, Exit(code=3)) for each in handles]

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        """Forget nothing."""

    @hookimpl
    def explain(self) -> Exit:
        return FUEL


@frozen
class Stage:
    """Runs jobs of one driver and remembers what happened."""

    data_dir: Path
    events: list[Event] = field(factory=list)

    def run(
        self,
        *drivers: type[Any],
        script: str = "exit 3",
        attempts: int = 0,
        stop: bool = False,
        agent: str = "",
    ) -> Result:
        named = {f"driver{number}": driver for number, driver in enumerate(drivers)}
        restart = Restart(attempts=attempts, interval_seconds=60, delay_seconds=0.01)
        config = Located(value={"script": script})
        tasks = tuple(
            JobTask(name=name, driver=name, config=config, restart=restart, path=name) for name in named
        )
        group = Group(name="g", tasks=tasks, path="group")
        started = threading.Event()

        def take(event: Event) -> None:
            self.events.append(event)
            if event.type == "Started":
                started.set()

        file = self.data_dir.parent / "agent.hcl"
        file.write_text(agent, "utf-8")
        with Client(file, data_dir=self.data_dir, drivers=named) as client:
            job = Job(id="j", name="j", type="batch", groups=(group,), path="job")
            running = client.start(job, on_event=take)
            if stop:
                assert started.wait(10)
                running.stop()
            result = running.wait(25)
            assert result is not None
            return result

    def said(self, kind: str) -> list[str]:
        return [event.message for event in self.events if event.type == kind]


@pytest.fixture
def stage(data_dir: Path) -> Stage:
    return Stage(data_dir)


def test_what_the_driver_says_is_told_everywhere(stage: Stage) -> None:
    asked: list[Exit] = []
    result = stage.run(explaining(lambda _: FUEL, asked))
    assert [task.exit for task in result.tasks] == [FUEL]
    assert stage.said("Terminated") == ["exit code 3, timeout, it used up its fuel"]
    assert (result.code, asked) == (124, [Exit(code=3)])


def test_it_decides_over_restarts(stage: Stage) -> None:
    result = stage.run(explaining(lambda _: Exit(code=0, message="3 means yes"), []), attempts=2)
    assert (result.code, result.tasks[0].restarts) == (0, 0)


def test_a_driver_may_leave_an_end_as_it_is(stage: Stage) -> None:
    result = stage.run(explaining(lambda _: None, []))
    assert [task.exit for task in result.tasks] == [Exit(code=3)]


def test_a_stopped_task_is_explained_too(stage: Stage) -> None:
    driver = explaining(lambda end: evolve(end, message="it had nearly done"), [])
    (task,) = stage.run(driver, script="exec sleep 60", stop=True).tasks
    assert task.exit is not None
    assert (task.exit.reason, task.exit.message) == (Reason.STOPPED, "it had nearly done")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("tired", "driver 'driver0' answered 'tired' to explain; expected Exit"),
        (LookupError("gone"), "driver 'driver0' raised in explain: LookupError('gone')"),
        (SystemExit(4), "driver 'driver0' raised in explain: SystemExit(4)"),
    ],
    ids=["rubbish", "raise", "exit"],
)
def test_a_driver_that_fails_to_explain_changes_nothing(answer: object, words: str, stage: Stage) -> None:
    def explain(_: Exit) -> object:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    result = stage.run(explaining(explain, []))
    assert [task.exit for task in result.tasks] == [Exit(code=3)]
    assert stage.said("Driver Failure") == [words]


def test_a_driver_that_hangs_in_it_delays_its_own_task_only(stage: Stage) -> None:
    over = threading.Event()

    def explain(_: Exit) -> Exit:
        over.wait(20)
        return FUEL

    try:
        result = stage.run(explaining(explain, []), Plain, script="exit 0", agent=IMPATIENT)
    finally:
        over.set()
    assert [task.exit for task in result.tasks] == [Exit(code=0), Exit(code=0)]
    assert stage.said("Driver Failure") == ["driver 'driver0' did not answer explain within 2 s"]
    ends = [event.task for event in stage.events if event.type == "Terminated"]
    assert ends == ["driver1", "driver0"]


def test_an_end_that_wait_tells_is_not_explained(stage: Stage) -> None:
    assert [task.exit for task in stage.run(Unasked).tasks] == [Exit(code=3)]
