"""A module reaches its own directories, what the operator allows, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ostler.drivers import Task
    from ostler.testing import DriverHarness, RunningTask

LOCAL, SECRETS, ALLOC, DATA, SHARED_TMP, TMP, MOUNT = map(str, range(3, 10))
ABSENT, DENIED, READ_ONLY = 44, {63, 76}, {2, 63, 69, 76}


class Stage:
    """Starts the program that opens files, in a task whose directories were furnished before."""

    def __init__(self, harness: DriverHarness, modules: Path) -> None:
        self.harness, self.modules = harness, modules
        self.data = modules / "data"
        self.data.mkdir()
        (self.data / "public").write_text("for all")
        (modules / "secret").write_text("for nobody")

    def task(self, *args: str, **config: object) -> Task:
        mount = [{"source": str(self.data), "target": "/data"}]
        words = {"module": f"{self.modules}/file.wat", "args": list(args), "mount": mount, **config}
        return self.harness.furnish(self.harness.task(words))

    def start(self, *args: str) -> RunningTask:
        return self.harness.start(self.task(*args))

    def code(self, *args: str) -> int:
        end = self.start(*args).end(20)
        assert end is not None
        assert end.message == ""
        return end.code


@pytest.fixture
def stage(harness: DriverHarness, modules: Path) -> Stage:
    return Stage(harness, modules)


def test_it_writes_and_reads_its_directories(stage: Stage) -> None:
    for number in (LOCAL, SECRETS, DATA, SHARED_TMP, TMP):
        running = stage.start(number, "note", "some words")
        end = running.end(20)
        assert end is not None
        assert end.successful, (number, end)
        own = running.task.directories
        places = {
            LOCAL: own.local,
            SECRETS: own.secrets,
            DATA: f"{own.shared}/data",
            SHARED_TMP: f"{own.shared}/tmp",  # noqa: S108 - the allocation's own ...
            TMP: f"{own.task}/tmp",  # noqa: S108 - ... and the task's own
        }
        assert Path(places[number], "note").read_text() == "some words"


def test_it_reads_what_lies_in_its_directory(stage: Stage) -> None:
    task = stage.task(LOCAL, "note")
    Path(task.directories.local, "note").write_text("found")
    running = stage.harness.start(task)
    running.end(20)
    assert running.stdout.shows(b"found", 5)


def test_it_can_not_forge_the_output_of_others(stage: Stage) -> None:
    assert stage.code(ALLOC, "logs/task.stdout.0", "lies") in READ_ONLY


def test_it_reads_a_mount_and_can_not_write_there(stage: Stage) -> None:
    running = stage.start(MOUNT, "public")
    running.end(20)
    assert running.stdout.shows(b"for all", 5)
    assert stage.code(MOUNT, "more", "words") in READ_ONLY
    assert stage.code(MOUNT, "public", "words") in READ_ONLY
    assert sorted(path.name for path in stage.data.iterdir()) == ["public"]


@pytest.mark.parametrize(
    "path", ["../secret", "../../modules/secret", "x/../../secret", "/etc/passwd", "/local/x"]
)
def test_a_path_can_not_lead_out(path: str, stage: Stage) -> None:
    assert stage.code(MOUNT, path) in DENIED | {ABSENT}
    assert stage.code(LOCAL, path, "words") in DENIED | {ABSENT}
    assert (stage.modules / "secret").read_text() == "for nobody"


@pytest.mark.parametrize("target", ["/etc/passwd", "{modules}/secret", "../../../../modules/secret"])
def test_a_link_can_not_lead_out(target: str, stage: Stage) -> None:
    task = stage.task(LOCAL, "link")
    Path(task.directories.local, "link").symlink_to(target.format(modules=stage.modules))
    running = stage.harness.start(task)
    end = running.end(20)
    assert end is not None
    assert end.code in DENIED | {ABSENT}
    assert running.stdout.content == b""


@pytest.mark.parametrize("number", ["10", "11", "30"])
def test_nothing_else_is_open(number: str, stage: Stage) -> None:
    assert stage.code(number, "etc/passwd") == 8
