from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any, Final

import pytest

import ostler
from tests.house.source import BUILTIN, CORE, ROOT, modules, parsed, tracked

PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCAL_PATH: Final = re.compile(rf"{re.escape(str(ROOT))}\b|{re.escape(str(Path.home()))}/\.\w+")
LONGEST_MODULE: Final = 350
LONGEST_FUNCTION: Final = 50
VAGUE: Final = {
    "base",
    "common",
    "data",
    "handler",
    "helper",
    "helpers",
    "impl",
    "info",
    "manager",
    "misc",
    "processor",
    "util",
    "utils",
}


def test_the_version_is_said_once_and_installed() -> None:
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert version("ostler") == ostler.__version__


def test_the_changelog_opens_with_one_unreleased_section() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## \[(.+?)\]", text, flags=re.MULTILINE)
    assert sections[0] == "Unreleased"
    assert sections.count("Unreleased") == 1


def test_the_changelog_tells_of_something_under_every_heading() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^### \w+\s*(?=^#|\Z)", text, flags=re.MULTILINE) == []


@pytest.mark.parametrize("group", ["ostler.conformance.v1", "ostler.drivers.v1", "pytest11"])
def test_the_entry_points_written_are_installed_and_load(group: str) -> None:
    written = PROJECT["project"]["entry-points"][group]
    ours = [point for point in entry_points(group=group) if point.dist and point.dist.name == "ostler"]
    assert {point.name: point.value for point in ours} == written
    assert [point.load() for point in ours]


def test_the_command_is_installed() -> None:
    (point,) = entry_points(group="console_scripts", name="ostler")
    assert callable(point.load())


def test_the_classifiers_and_the_test_runner_name_the_same_versions() -> None:
    prefix = "Programming Language :: Python :: 3."
    classified = {
        each.removeprefix(prefix) for each in PROJECT["project"]["classifiers"] if each.startswith(prefix)
    }
    runner = (ROOT / "tools" / "interpreters.sh").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^for version in (.+); do$", runner, flags=re.MULTILINE)
    assert classified == {each.removeprefix("3.") for each in listed.split()}
    assert PROJECT["project"]["requires-python"] == ">=3.11"


def test_every_dependency_has_a_lower_bound() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(each for extra in extras for each in extra)]
    assert [each for each in wanted if ">=" not in each and not each.startswith("ostler[")] == []


@pytest.mark.parametrize("package", [CORE / "ostler", BUILTIN / "ostler_drivers"], ids=lambda path: path.name)
def test_a_package_says_that_it_is_typed(package: Path) -> None:
    assert (package / "py.typed").is_file()


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in modules(CORE, BUILTIN)}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_every_module_opens_with_a_sentence() -> None:
    openings = {
        path: (ast.get_docstring(parsed(path)) or "").split("\n")[0] for path in modules(CORE, BUILTIN)
    }
    assert [str(path) for path, opening in openings.items() if not opening.endswith((".", ":", "?"))] == []


def test_a_module_is_read_in_one_sitting() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(CORE, BUILTIN)}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_a_function_is_read_without_scrolling() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules(CORE, BUILTIN, ROOT / "tests", ROOT / "tools", ROOT / "benchmarks")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and body_length(node) > LONGEST_FUNCTION
    ]
    assert long == []


def body_length(function: ast.FunctionDef) -> int:
    """Count the lines of a function that are not its signature or its docstring."""
    documented = ast.get_docstring(function, clean=False) is not None
    body = function.body[1:] if documented else function.body
    last = body[-1].end_lineno if body else None
    return last - body[0].lineno + 1 if last else 0


def test_no_module_has_a_vague_name() -> None:
    found = modules(CORE, BUILTIN, ROOT / "tests", ROOT / "tools")
    assert [str(path) for path in found if VAGUE & {path.stem, path.parent.name}] == []


@pytest.mark.need("git")
def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    named = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        for match in LOCAL_PATH.finditer(path.read_bytes().decode("utf-8", errors="replace"))
    ]
    assert named == []
