"""The lives of a supervisor's tasks by themselves, with a backend that does what a test has it do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from ostler.executor.supervisor import plain_pump
from ostler.executor.supervisor.logs import Logs
from ostler.executor.supervisor.loop import Loop
from ostler.executor.supervisor.meters import Meters
from ostler.executor.supervisor.records import Records
from ostler.executor.supervisor.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ostler.executor.supervisor.roles import Backend, Reply
    from ostler.executor.supervisor.task import Task

ORDER: dict[str, Any] = {"namespaces": ["pid"], "build": [], "cgroups": {}}


class Played:
    """A backend of which each launch is under way until the test says what becomes of it."""

    def __init__(self) -> None:
        self.launches: dict[str, Reply] = {}
        self.killed: list[Task] = []
        self.cleaned: list[Callable[[], None]] | None = None  # what is not clean before the test says so

    def launch(self, task: Task, _order: object, done: Reply) -> None:
        self.launches[task.id] = done

    def stats(self, task: Task) -> dict[str, Any]:
        return dict(task.record["process"])

    def process(self, task: Task) -> dict[str, int] | None:
        return None if task.inside else {"pid": 1}

    def adopt(self, _: Task) -> bool:
        return True

    def kill(self, task: Task) -> None:
        """Leave it to the test to tell of an end."""
        self.killed.append(task)

    def signal(self, _: Task, _number: int) -> None:
        """Send nothing."""

    def wake(self, _: Task) -> None:
        """Have nothing go on."""

    def discard(self, _: Task) -> None:
        """Leave nothing to do."""

    def clean(self, _: Task, done: Callable[[], None]) -> None:
        if self.cleaned is None:
            done()
        else:
            self.cleaned.append(done)

    def lost(self, _: Task) -> str:
        return "its init was killed"

    def oom_kills(self, _: Task) -> int:
        return 0


class Listener:
    """Who listens to a task."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.heard.append(message)


class Stage:
    """The tasks of one supervisor, and what was answered to who asked for them."""

    def __init__(self, folder: Path) -> None:
        self.backend = Played()
        self.loop = Loop()
        self.tasks = Tasks(self.loop, Records(str(folder)), "boot")
        self.tasks.meters = Meters(self.loop, self.tasks, Logs(self.loop, plain_pump, lambda: None))
        self.answers: list[dict[str, Any]] = []

    def load(self) -> Stage:
        self.tasks.load(cast("Backend", self.backend))
        return self

    def ask(self, name: str, **more: str) -> Task:
        task = self.tasks.start(name, {**ORDER, **more}, self.answers.append)
        assert task is not None
        return task

    def start(self, name: str, **more: str) -> Task:
        task = self.ask(name, **more)
        self.tasks.started(task, {"pid": 1})
        self.backend.launches[name]({})
        return task

    def pass_time(self, seconds: float) -> None:
        self.loop.after(seconds, self.loop.stop)
        self.loop.run()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path).load()


def test_nothing_is_measured_of_a_task_that_is_not_there_yet(stage: Stage) -> None:
    task = stage.ask("a")
    assert stage.tasks.stats(task) == {}
    stage.tasks.started(task, {"pid": 1})
    assert stage.tasks.stats(task)["pid"] == 1


@pytest.mark.parametrize("fails", [True, False])
def test_a_task_ends_once_the_launch_of_a_command_in_it_is_over(stage: Stage, *, fails: bool) -> None:
    task, inside = stage.start("a"), stage.ask("b", inside="a")
    stage.tasks.ended(task, 0)
    assert not task.ended
    if fails:
        stage.backend.launches["b"]({"failed": {}})
    else:
        stage.tasks.started(inside, {"pid": 2})
        stage.backend.launches["b"]({})
        stage.tasks.ended(inside, 9)
    assert task.ended


def test_a_task_does_not_wait_for_a_command_in_it_that_a_lost_supervisor_never_began(tmp_path: Path) -> None:
    before = Stage(tmp_path).load()
    before.start("a")
    before.ask("b", inside="a")
    after = Stage(tmp_path).load()
    task = after.tasks.find("a")
    assert task is not None
    after.tasks.ended(task, 0)
    assert task.ended


@pytest.mark.parametrize("told", [True, False])
def test_a_command_whose_init_died_with_its_task_was_stopped_and_else_is_lost(
    stage: Stage, *, told: bool
) -> None:
    """The task may be heard of much later: its init waits for the last of its namespace to be gone."""
    task, inside = stage.start("a"), stage.start("b", inside="a")
    if told:
        stage.tasks.stop(task, 2, 0, stage.answers.append)
    stage.tasks.ended(inside, None)
    stage.pass_time(0.2)
    assert inside.record["exit"]["reason"] == ("stopped" if told else "lost")


def test_who_found_a_task_while_it_was_launched_in_vain_is_told_an_end(stage: Stage) -> None:
    task, listener = stage.ask("a"), Listener()
    task.listeners.add(listener)
    stage.backend.launches["a"]({"failed": {}})
    (news,) = listener.heard
    assert (news["end"], news["exit"]["reason"]) == ("a", "driver_error")
    assert stage.tasks.all() == []


def test_a_stop_of_what_never_started_kills_no_later_task_of_the_same_id(stage: Stage) -> None:
    stage.tasks.stop(stage.ask("a"), 2, 0.05, stage.answers.append)
    stage.backend.launches["a"]({"failed": {}})
    later = stage.start("a")
    stage.pass_time(0.1)
    assert stage.backend.killed == []
    assert stage.tasks.find("a") is later


def test_a_command_that_was_forgotten_takes_no_later_one_of_the_same_id_with_it(stage: Stage) -> None:
    stage.start("a")
    first = stage.start("b", inside="a")
    stage.tasks.ended(first, 0)
    stage.tasks.forget(first, stage.answers.append)
    later = stage.start("b", inside="a")
    stage.tasks.desert(first)
    assert stage.tasks.find("b") is later


def test_no_command_begins_in_a_task_that_waits_for_those_in_it_to_end(stage: Stage) -> None:
    task, inside = stage.start("a"), stage.start("b", inside="a")
    stage.tasks.ended(task, 0)
    assert stage.tasks.start("c", {**ORDER, "inside": "a"}, stage.answers.append) is None
    assert "does not run" in stage.answers[-1]["error"]
    stage.tasks.ended(inside, 9)
    assert task.ended


def test_a_task_of_which_something_is_left_keeps_the_supervisor(stage: Stage) -> None:
    stage.backend.cleaned = []
    task = stage.start("a")
    stage.tasks.ended(task, 0)
    assert (task.ended, stage.tasks.running) == (True, 1)
    stage.backend.cleaned[0]()
    assert stage.tasks.running == 0


def test_the_next_supervisor_brings_a_stop_to_its_end(tmp_path: Path) -> None:
    before = Stage(tmp_path).load()
    for grace_seconds in (60, 0.2):
        before.tasks.stop(
            before.tasks.find("a") or before.start("a"), 2, grace_seconds, before.answers.append
        )
    after = Stage(tmp_path).load()
    task = after.tasks.find("a")
    assert task is not None
    after.pass_time(0.05)
    assert after.backend.killed == []
    after.pass_time(0.3)
    assert after.backend.killed == [task]
    after.tasks.ended(task, 9)
    assert task.record["exit"]["reason"] == "stopped"
