from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler.executor import Limits
from ostler.executor.planning.limits import groups
from tests import keeper, leftovers
from tests.conftest import KEEPER

if TYPE_CHECKING:
    from collections.abc import Callable

    Differences = Callable[[leftovers.Scene], list[str]]


@pytest.fixture
def scene(pytestconfig: pytest.Config) -> leftovers.Scene:
    return leftovers.look(pytestconfig.stash[KEEPER])


@pytest.fixture
def changed(pytestconfig: pytest.Config, tmp_path: Path) -> Differences:
    root = pytestconfig.stash[KEEPER]

    def differences(before: leftovers.Scene) -> list[str]:
        found = leftovers.differences(before, leftovers.look(root), root, tmp_path)
        return [
            each for each in found if not each.startswith("cgroup")
        ]  # another run may make some meanwhile

    return differences


def named(pid: int) -> bool:
    """Tell whether the kernel knows a program's words already, which it does a moment after their exec."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep\0")


def test_a_child_that_runs_on_is_named(scene: leftovers.Scene, changed: Differences) -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        while not named(child.pid):
            pass
        found = changed(scene)
        child.kill()
    assert found == [f"process {child.pid}: sleep 60"]


def test_an_orphan_in_a_session_of_its_own_is_named(scene: leftovers.Scene, changed: Differences) -> None:
    script = (
        "from subprocess import *; print(Popen(['sleep', '61'], start_new_session=True, stdout=DEVNULL).pid)"
    )
    made = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True)
    while not named(int(made.stdout)):
        pass
    found = changed(scene)
    os.kill(int(made.stdout), 9)
    assert found == [f"process {int(made.stdout)}: sleep 61"]


def test_a_child_with_threads_is_one_process(scene: leftovers.Scene, changed: Differences) -> None:
    script = (
        "from threading import *; hold = Event()\n"
        "for _ in range(3): Thread(target=hold.wait, daemon=True).start()\n"
        "print('ready', flush=True); hold.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = changed(scene)
        child.kill()
    assert [each.split(":")[0] for each in found] == [f"process {child.pid}"]


def test_what_is_found_by_number_is_what_is_found_among_all(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.stash[KEEPER]
    others = keeper.descendants(root)
    with subprocess.Popen(["sleep", "62"]) as child:
        found = keeper.among([child.pid, os.getpid(), os.getppid()], root)
        everybody = keeper.descendants(root)
        child.kill()
    assert {each.pid for each in found} == {each.pid for each in everybody - others} == {child.pid}


def test_a_thread_that_runs_on_is_named(scene: leftovers.Scene, changed: Differences) -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="tarrying")
    thread.start()
    found = changed(scene)
    done.set()
    thread.join()
    assert found == ["thread 'tarrying'"]


def test_a_changed_environment_is_named(
    scene: leftovers.Scene, changed: Differences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTLER_CHANGED", "1")
    assert changed(scene) == ["environment: OSTLER_CHANGED='1'"]


def test_another_folder_and_umask_are_named(
    scene: leftovers.Scene, changed: Differences, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o077)
    found = changed(scene)
    os.umask(mask)
    assert found == [f"umask {mask:04o} became 0077", f"the current folder became {tmp_path}"]


def test_a_cgroup_is_known_by_the_data_directory_that_it_is_named_after(tmp_path: Path) -> None:
    ours, another = tmp_path / "ours", tmp_path / "another"
    ours.mkdir()
    (ours / "supervisor.lock").touch()
    found = []
    for directory in (ours, another):
        made = groups("0b-1c/a.task/2", str(directory), Limits(), {"pids": "/sys/fs/cgroup/pids/ostler"})
        found.append(leftovers.is_ours(made["pids"].rpartition("/")[2], tmp_path))
    assert found == [True, False]
