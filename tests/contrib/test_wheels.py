"""The wheel with what is in C, and the one without: each is named after what it holds, and runs a task."""

from __future__ import annotations

import os
import sys
import zipfile
from typing import TYPE_CHECKING, Final

import pytest

from tests.contrib.environments import ROOT, must, wheel

if TYPE_CHECKING:
    from pathlib import Path

NATIVE: Final = {"ostler/executor/linux/_launch.abi3.so", "ostler/executor/linux/ostler-init"}
RUN_A_TASK: Final = """
import os, sys, ostler
from ostler.executor import Command, Executor
from ostler.executor.linux.launch import kind
executor = Executor(sys.argv[1])
process = executor.start(Command(id="wheel/1", argv=("/bin/sh", "-c", "exit 7"), env={}))
print(os.path.dirname(ostler.__file__), kind(), executor.wait(process, 20).code)
executor.forget(process)
executor.close()
"""


def native(built: Path) -> set[str]:
    """Give what of a wheel is no Python, and may be executed."""
    with zipfile.ZipFile(built) as archive:
        files = [each for each in archive.infolist() if each.filename.startswith("ostler/executor/")]
    assert not [each.filename for each in files if each.filename.endswith((".c", ".h"))]
    return {each.filename for each in files if each.external_attr >> 16 & 0o111}


def task_run_by(built: Path, folder: Path, data_dir: Path) -> str:
    """Install a wheel beside what it needs and run a task with it; give what the script says."""
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", "--target", str(site)]
    must(*pip, built, folder=folder)
    program = site / "ostler" / "executor" / "linux" / "ostler-init"
    assert not program.exists() or os.access(program, os.X_OK)
    return must(sys.executable, "-c", RUN_A_TASK, data_dir, folder=folder, PYTHONPATH=str(site))


@pytest.mark.need("gcc")
def test_the_wheel_of_a_machine_holds_what_is_in_c(
    ostler_wheel: Path, tmp_path: Path, data_dir: Path
) -> None:
    assert ostler_wheel.name.endswith(f"-cp311-abi3-linux_{os.uname().machine}.whl")
    assert native(ostler_wheel) == NATIVE
    assert task_run_by(ostler_wheel, tmp_path, data_dir) == f"{tmp_path}/site/ostler c 7\n"


def test_a_wheel_for_every_machine_runs_tasks_too(tmp_path: Path, data_dir: Path) -> None:
    built = wheel(ROOT, tmp_path, OSTLER_PURE="1")
    assert built.name.endswith("-py3-none-any.whl")
    assert native(built) == set()
    assert task_run_by(built, tmp_path, data_dir) == f"{tmp_path}/site/ostler ctypes 7\n"


def test_without_a_compiler_the_wheel_is_for_every_machine(tmp_path: Path) -> None:
    built = wheel(ROOT, tmp_path, CC="no-such-compiler")
    assert built.name.endswith("-py3-none-any.whl")
    assert native(built) == set()
