from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ("cksum", "dirname", "grep", "head", "id", "ls", "rm", "cat", "sh", "tail")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Give the one folder of a PATH that holds no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name) or "")
    return folder


def add(programs: Path, name: str, script: str) -> None:
    (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (programs / name).chmod(0o755)


def call(programs: Path, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(programs), "PYENV_ROOT": str(programs / "none")}
    command = ["sh", str(ROOT / "tools" / tool), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_no_python_at_all_is_told_in_one_sentence(programs: Path) -> None:
    done = call(programs, "interpreters.sh", "--first")
    assert done.returncode == 1
    assert re.fullmatch(r"Ostler needs Python 3\.11 or newer on PATH, .*\.\n", done.stderr)


def test_a_python_that_does_not_run_is_left_out_by_name(programs: Path) -> None:
    add(programs, f"python{VERSION}", f'exec {sys.executable} "$@"')
    broken = "3.12" if VERSION != "3.12" else "3.13"
    add(programs, f"python{broken}", "echo no such version is built >&2; exit 127")
    done = call(programs, "interpreters.sh")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [VERSION]
    assert f"    {programs}/python{broken}: no such version is built\n" in done.stderr


def test_a_python_that_is_too_old_is_told_with_its_version(programs: Path) -> None:
    add(programs, "python3", "echo Python 3.9.18 is older than 3.11; exit 1")
    done = call(programs, "interpreters.sh")
    assert done.returncode == 1
    assert done.stderr.endswith(f"    {programs}/python3: Python 3.9.18 is older than 3.11\n")


def test_a_python_without_venv_is_told_what_to_install(programs: Path, tmp_path: Path) -> None:
    add(programs, "python3", "case $2 in *ensurepip* | pip) exit 1 ;; esac; echo 3.11 python3")
    done = call(programs, "venv.sh", str(tmp_path / "venv"), "run")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("python3 has neither ensurepip nor pip")
    assert "apt install python3-venv" in done.stderr


def test_a_folder_that_is_no_virtual_environment_is_left_alone(programs: Path, tmp_path: Path) -> None:
    add(programs, "python3", f'exec {sys.executable} "$@"')
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    done = call(programs, "venv.sh", str(tmp_path / "precious"), "run")
    assert done.returncode == 1
    assert "is no virtual environment" in done.stderr
    assert [path.name for path in (tmp_path / "precious").iterdir()] == ["file"]


@pytest.mark.need("make")
def test_every_target_of_the_makefile_says_what_it_runs() -> None:
    done = subprocess.run(
        ["make", "-n", "VENV=elsewhere", "demo", "test", "test-user", "test-cgroup2", "check", "format"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count('tools/venv.sh "elsewhere"') == 6
    assert ".venv" not in done.stdout


def test_the_hook_of_each_commit_runs_what_the_whole_check_runs() -> None:
    hook = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"entry: (.*)", hook) == ["make check"]
    assert "check.sh" in (ROOT / "tools" / "run_tests.py").read_text(encoding="utf-8")
