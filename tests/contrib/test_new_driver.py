"""A new driver's package works at once, in an environment that holds nothing but Ostler's wheel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from tests.contrib.environments import environment, must, run

if TYPE_CHECKING:
    from pathlib import Path

NO_KIT: Final = "what the conformance kit needs is not installed; run `pip install pytest pytest-timeout`\n"


@pytest.fixture(scope="module")
def bare(ostler_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the programs of an environment with Ostler's wheel alone."""
    return environment(tmp_path_factory.mktemp("bare") / "venv", [str(ostler_wheel)])


@pytest.fixture(scope="module")
def authors(bare: Path, ostler_wheel: Path) -> Path:
    """Add the kit, as an author does."""
    must(bare / "python", "-m", "pip", "install", "--quiet", f"{ostler_wheel}[testing]", folder=bare)
    return bare


@pytest.fixture(scope="module")
def package(authors: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a package and type what the command says to type."""
    folder = tmp_path_factory.mktemp("author")
    said = must(authors / "ostler", "driver", "new", "my-tool", folder=folder)
    typed = [line.strip() for line in said.partition("Try it:\n")[2].splitlines()]
    assert typed[:2] == ["cd ostler-driver-my-tool", "pip install -e . && pytest"]
    script = f'PATH="{authors}:$PATH"; set -e; {typed[0]}; {typed[1]}'
    tested = must("sh", "-c", script, folder=folder)
    assert " passed" in tested
    return folder / "ostler-driver-my-tool"


def test_without_the_kit_an_author_is_told_how_to_get_it(bare: Path, tmp_path: Path) -> None:
    said = must(bare / "ostler", "driver", "new", "early", folder=tmp_path)
    assert "\n  pip install -e '.[test]' && pytest\n" in said
    done = run(bare / "ostler", "driver", "check", "mock_driver", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", NO_KIT)


def test_a_job_runs_through_the_new_driver(package: Path, authors: Path, data_dir: Path) -> None:
    done = run(authors / "ostler", "run", "--data-dir", data_dir, "examples/hello.nomad.hcl", folder=package)
    assert (done.stdout, done.returncode) == ("hello from hello\n", 0), done.stderr


def test_the_new_driver_holds_to_the_contract(package: Path, authors: Path) -> None:
    report = json.loads(must(authors / "ostler", "driver", "check", "my_tool", "--json", folder=package))
    assert (report["provider"], report["version"], report["broken"]) == ("ostler-driver-my-tool", "0.1.0", 0)
    assert report["held"] > 0


def test_what_the_new_driver_can_be_told_is_a_valid_job(package: Path, authors: Path, data_dir: Path) -> None:
    words = ("driver", "schema", "my_tool", "--format", "hcl", "--block", "task")
    (package / "try.nomad.hcl").write_text(must(authors / "ostler", *words, folder=package))
    done = run(authors / "ostler", "run", "--data-dir", data_dir, "try.nomad.hcl", folder=package)
    assert (done.stdout, done.returncode) == ("hello\n", 0), done.stderr
