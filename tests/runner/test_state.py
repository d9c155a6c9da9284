from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import Process, TaskHandle
from ostler.drivers.values import StopRequest
from ostler.errors import MistakeError
from ostler.runner.garbage import collect
from ostler.runner.state import AllocationState, Description

if TYPE_CHECKING:
    from pathlib import Path

HANDLE = TaskHandle(task_id="a/t/0123abcd", driver="d", version=3, state={"x": [1]}, attributes={"pid": "5"})


def made(directory: Path) -> AllocationState:
    state = AllocationState(directory)
    state.make()
    return state


def test_a_handle_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    process = Process(id="a/t/1", pid=5, boot_id="b", start_time=7, directory="/d", cgroups=("c",))
    other = TaskHandle(task_id="a/u/ffffffff", driver="d", process=process)
    state.keep(HANDLE)
    state.keep(other)
    assert list(AllocationState(tmp_path / "a").handles()) == [HANDLE, other]
    state.close()


def test_a_dropped_handle_is_gone_and_dropping_twice_is_fine(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    state.keep(HANDLE)
    state.drop(HANDLE)
    state.drop(HANDLE)
    assert list(state.handles()) == []
    state.close()


def test_there_is_one_owner_at_a_time(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a"), AllocationState(tmp_path / "a")
    assert not second.own()
    first.close()
    assert second.own()
    second.close()


def test_nobody_owns_what_is_not_there(tmp_path: Path) -> None:
    assert not AllocationState(tmp_path / "absent").own()
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    state.keep(HANDLE)
    for name, text in (("half", '{"rec'), ("new", '{"record": {"task": 1}}'), ("list", "[]")):
        (tmp_path / "a" / f"{name}.json").write_text(text)
    assert list(state.handles()) == [HANDLE]
    assert [path.stem for path in state.unreadable()] == ["half", "list", "new"]
    state.close()


def test_the_description_tells_the_job_and_how_to_stop(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    stops, logs = {"t": StopRequest(5.0, "SIGHUP")}, {"t": {"max_files": 3, "max_file_bytes": 1000}}
    description = Description(job_id="j", group="g", index=2, stops=stops, logs=logs)
    state.describe(description)
    assert state.description() == description
    assert list(state.handles()) == []
    state.close()


def test_what_is_not_described_is_an_error_that_can_be_caught(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    with pytest.raises(ValueError, match="holds no description"):
        state.description()
    (tmp_path / "a" / "allocation.json").write_text("[")
    with pytest.raises(ValueError, match="Expecting"):
        state.description()
    state.close()


def test_removed_records_leave_nothing(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    state.keep(HANDLE)
    state.remove()
    assert list(tmp_path.iterdir()) == []


def test_records_that_cannot_be_written_are_a_mistake_of_the_operators(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MistakeError, match="choose another data directory with --data-dir"):
        made(tmp_path / "file" / "a")


def test_a_record_is_whole_or_not_there(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    unwritable = TaskHandle(task_id="a/t/1", driver="d", state={"x": {1, 2}})
    with pytest.raises(TypeError):
        state.keep(unwritable)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["owner.lock"]
    state.keep(HANDLE)
    assert json.loads((tmp_path / "a" / "0123abcd.json").read_text())["version"] == 1
    state.close()


def test_the_newest_directories_of_ended_allocations_are_kept(tmp_path: Path) -> None:
    for age, name in enumerate(("newest", "newer", "old", "oldest")):
        (tmp_path / "alloc" / name).mkdir(parents=True)
        os.utime(tmp_path / "alloc" / name, (1000 - age, 1000 - age))
    (tmp_path / "client" / "oldest").mkdir(parents=True)
    collect(tmp_path, keep=2)
    assert sorted(path.name for path in (tmp_path / "alloc").iterdir()) == ["newer", "newest", "oldest"]


def test_no_directory_is_no_error(tmp_path: Path) -> None:
    collect(tmp_path, keep=2)
