"""The README's job runs as written, by the command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler.testing.supervision import end_supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

README = Path(__file__).parents[1] / "README.md"
FILES = re.compile(r"^<!-- file: (?P<name>\S+) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LOOP = '(module (func $spin (loop $l (br $l))) (func $_start (export "_start") (call $spin)))'


@pytest.fixture
def ostler(tmp_path: Path) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Give the command, in a folder that holds the README's files."""
    for found in FILES.finditer(README.read_text("utf-8")):
        (tmp_path / found["name"]).write_text(found["text"], "utf-8")
    data = tmp_path / "data"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ostler.cli", "run", "--data-dir", str(data), *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    yield run
    end_supervisor(data)


def test_the_job_runs(ostler: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = ostler("--config", "agent.hcl", "hello.nomad.hcl")
    assert (done.stdout, done.returncode) == ("hello from WebAssembly\n", 0), done.stderr


def test_a_job_that_runs_too_long_ends_with_124(
    ostler: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "hello.wat").write_text(LOOP)
    job = (tmp_path / "hello.nomad.hcl").read_text().replace("fuel    = 1000000", "").replace("10s", "300ms")
    restart = 'restart {\n attempts = 0\n }\n task "hello"'
    (tmp_path / "hello.nomad.hcl").write_text(job.replace('task "hello"', restart))
    done = ostler("--config", "agent.hcl", "hello.nomad.hcl")
    assert done.returncode == 124, done.stderr
    assert "it ran longer than 0.3 s, in spin < _start" in done.stderr


def test_a_mistake_is_told_with_its_place(
    ostler: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "hello.wat").write_text("(component)")
    done = ostler("--config", "agent.hcl", "hello.nomad.hcl")
    assert (done.stdout, done.returncode) == ("", 2)
    assert "hello.nomad.hcl:5:" in done.stderr
    assert "config.module: local/hello.wat is a component, and only core modules are run here" in done.stderr
