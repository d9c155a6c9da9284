"""A package to begin a driver with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import ostler as package
from tests.cli import strangers

if TYPE_CHECKING:
    from tests.cli.shell import Shell

CORE: Final = Path(package.__file__).parents[1]
LONG: Final = "a-name-of-forty-letters-in-all-and-no-mor"
OWN_LINES: Final = 60


def new(ostler: Shell, name: str = "my-tool") -> Path:
    """Make a package, and give its folder."""
    ran = ostler("driver", "new", name)
    assert (ran.code, ran.errors) == (0, "")
    return ostler.folder / f"ostler-driver-{name}"


def test_what_to_do_next_is_told(ostler: Shell) -> None:
    ran = ostler("driver", "new", "my-tool")
    ostler.says("new", ran.stdout.decode())
    assert (ran.code, ran.errors) == (0, "")


def test_the_package_is_complete(ostler: Shell) -> None:
    folder = new(ostler)
    found = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    ostler.says("new-files", "\n".join([*found, ""]))
    assert sorted(each.name for each in ostler.folder.iterdir()) == ["ostler-driver-my-tool"]


def test_nothing_is_left_to_fill_in(ostler: Shell) -> None:
    texts = [file.read_text() for file in new(ostler).rglob("*") if file.is_file()]
    assert [word for text in texts for word in re.findall(r"@\w+@", text)] == []


def test_the_package_names_its_driver_and_its_acts(ostler: Shell) -> None:
    project = tomllib.loads((new(ostler) / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["keywords"]) == ("ostler-driver-my-tool", ["ostler-driver"])
    assert project["entry-points"] == {
        "ostler.drivers.v1": {"my_tool": "ostler_driver_my_tool:MyTool"},
        "ostler.conformance.v1": {"my_tool": "ostler_driver_my_tool.acts:config"},
    }


def test_the_driver_has_at_most_60_lines_of_its_own(ostler: Shell) -> None:
    text = (new(ostler) / "src" / "ostler_driver_my_tool" / "__init__.py").read_text()
    assert len([line for line in text.splitlines() if line.strip()]) <= OWN_LINES


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("ruff", "format", "--check", "--isolated", "--no-cache"), "a"),
        (("ruff", "format", "--check", "--isolated", "--no-cache"), LONG[:39]),
        (("ruff", "check", "--isolated", "--no-cache"), "a"),
        (("mypy", "--strict", "--cache-dir", os.devnull, "src", "tests"), "a"),
    ],
    ids=["format", "format with a long name", "ruff", "mypy"],
)
@pytest.mark.timeout(120)
def test_the_package_passes_the_checkers(words: tuple[str, ...], name: str, ostler: Shell) -> None:
    program = Path(sys.executable).with_name(words[0])
    environment = {**os.environ, "MYPYPATH": str(CORE)}
    done = subprocess.run(
        [program, *words[1:]],
        cwd=new(ostler, name),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_written_where_it_is_asked_for(ostler: Shell) -> None:
    ran = ostler("driver", "new", "acme", "--directory", "some/where")
    assert ran.code == 0
    assert (ostler.folder / "some" / "where" / "ostler-driver-acme" / "pyproject.toml").is_file()


def test_an_empty_folder_is_filled(ostler: Shell) -> None:
    (ostler.folder / "ostler-driver-acme").mkdir()
    assert (new(ostler, "acme") / "README.md").is_file()


MISTAKES: Final = {
    "letters": "Acme!",
    "empty": "",
    "digit": "3acme",
    "path": "../acme",
    "prefix": "ostler-driver-acme",
    "keyword": "class",
    "long": LONG,
    "installed": "raw-exec",
    "installed-by-a-stranger": "acme",
    "taken": "taken",
    "file": "file",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_can_not_be_made_is_told_and_nothing_written(name: str, ostler: Shell, tmp_path: Path) -> None:
    taken = ostler.folder / "ostler-driver-taken"
    taken.mkdir()
    ostler.file("mine", "ostler-driver-taken/mine")
    ostler.file("", "ostler-driver-file")
    before = sorted(ostler.folder.rglob("*"))
    ran = ostler("driver", "new", MISTAKES[name], PYTHONPATH=strangers.acme(tmp_path / "site"))
    ostler.says(f"new-{name}", ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")
    assert sorted(ostler.folder.rglob("*")) == before


def test_a_folder_that_can_not_be_written_to_is_told(ostler: Shell) -> None:
    ran = ostler("driver", "new", "acme", "--directory", "/proc")
    ostler.says("new-read-only", ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")
