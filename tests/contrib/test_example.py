"""A stranger's driver, installed by pip beside Ostler's wheel in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)  # the first test builds two wheels and installs them

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "contrib" / "ostler-driver-example"
SOURCES = ("core", "builtin_drivers", "pyproject.toml", "README.md", "LICENSE")

AGENT = """
plugin "example" {
  config {
    greeting = "hello from the plugin block"
  }
}
"""
JOB = """
job "stranger" {
  type = "batch"
  group "only" {
    restart {
      attempts = 0
    }
    task "hello" {
      driver = "example"
      config {
        script = "echo task ${NOMAD_TASK_NAME}; exit 3"
      }
    }
  }
}
"""


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in ``folder`` with nothing of this checkout in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OSTLER"))}
    return subprocess.run(
        [str(word) for word in command], cwd=folder, env=kept, capture_output=True, text=True, check=False
    )


def must(*command: str | Path, folder: Path) -> str:
    done = run(*command, folder=folder)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def wheel(project: Path, folder: Path) -> Path:
    """Build a project's wheel from a copy of it, so that the checkout stays as it is."""
    copy, out = folder / f"{project.name}-copy", folder / f"{project.name}-wheel"
    names = SOURCES if project == ROOT else tuple(path.name for path in project.iterdir())
    for name in names:
        source, ignored = project / name, shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
        copy.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=ignored)
        else:
            shutil.copy(source, copy)
    must(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, copy, folder=folder)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the programs of a new environment that holds both wheels."""
    folder = tmp_path_factory.mktemp("stranger")
    wheels = [f"{wheel(ROOT, folder)}[testing]", str(wheel(EXAMPLE, folder))]
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    must(programs / "python", "-m", "pip", "install", "--quiet", *wheels, folder=folder)
    return programs


def test_the_driver_is_listed(stranger: Path, tmp_path: Path) -> None:
    lines = must(stranger / "ostler", "driver", "list", folder=tmp_path).splitlines()
    assert ["example", "ostler-driver-example", "0.1.0"] in [line.split()[:3] for line in lines]


def test_the_driver_passes_its_own_tests(stranger: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    shutil.copy(EXAMPLE / "pyproject.toml", tmp_path)
    said = must(stranger / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path)
    assert "failed" not in said


def test_a_job_runs_through_the_driver(stranger: Path, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "agent.hcl").write_text(AGENT)
    (tmp_path / "job.nomad.hcl").write_text(JOB)
    arguments = ("--config", "agent.hcl", "--data-dir", data_dir, "job.nomad.hcl")
    done = run(stranger / "ostler", "run", *arguments, folder=tmp_path)
    assert (done.stdout, done.returncode) == ("hello from the plugin block\ntask hello\n", 3), done.stderr


def test_a_mistake_in_the_plugin_block_is_told(stranger: Path, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "agent.hcl").write_text(AGENT.replace("greeting", "greetin"))
    (tmp_path / "job.nomad.hcl").write_text(JOB)
    arguments = ("--config", "agent.hcl", "--data-dir", data_dir, "job.nomad.hcl")
    done = run(stranger / "ostler", "run", *arguments, folder=tmp_path)
    assert (done.stdout, done.returncode) == ("", 2)
    words = "plugin.example.config.greetin: unknown key 'greetin'; did you mean 'greeting'?"
    assert done.stderr.startswith("agent.hcl:4:")
    assert words in done.stderr
