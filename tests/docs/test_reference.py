from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
from tools.reference.pages import built_in, pages
from tools.reference.words import WITHOUT_DOCSTRING

import ostler
from ostler import drivers, executor, testing
from ostler.drivers import Catalog
from ostler.drivers.fields import declared
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from types import ModuleType

FOLDER: Final = ROOT / "docs" / "reference"


@cache
def made() -> dict[str, str]:
    return pages()


def test_no_page_is_stale() -> None:
    stale = [path for path, text in made().items() if written(path) != text]
    assert stale == [], "write them anew: python -m tools.reference"


def written(path: str) -> str:
    page = FOLDER / path
    return page.read_text(encoding="utf-8") if page.exists() else ""


def test_no_page_is_left_over() -> None:
    assert {page.relative_to(FOLDER).as_posix() for page in FOLDER.rglob("*.md")} == set(made())


def test_the_pages_are_the_same_in_every_process() -> None:
    script = "import json; from tools.reference.pages import pages; print(json.dumps(pages()))"
    command = [sys.executable, "-c", script]
    found = subprocess.run(
        command, cwd=ROOT, capture_output=True, check=True, stdin=subprocess.DEVNULL
    ).stdout
    assert json.loads(found) == made()


@pytest.mark.parametrize("name", built_in())
def test_every_setting_of_a_driver_says_what_it_does(name: str) -> None:
    driver = Catalog().load(name)
    silent = [
        f"{each.__name__}.{field.name}"
        for each in settings_of(driver)
        for field in attrs.fields(each)
        if not declared(field).help.strip().endswith(".")
    ]
    assert silent == []


def settings_of(driver: type[Any]) -> list[type[Any]]:
    return [driver.settings, driver.task_settings]


@pytest.mark.parametrize(
    ("package", "page"),
    [
        (ostler, "library.md"),
        (drivers, "values.md"),
        (executor, "executor.md"),
        (testing, "testing.md"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_every_public_name_stands_in_the_reference(package: ModuleType, page: str) -> None:
    headings = {line for line in made()[page].splitlines() if line.startswith("## ")}
    assert [name for name in package.__all__ if f"## `{name}`" not in headings] == []


@pytest.mark.parametrize("page", ["library.md", "values.md", "executor.md", "testing.md"])
def test_every_method_stands_in_the_reference_once(page: str) -> None:
    for part in made()[page].split("\n## ")[1:]:
        methods = [line.partition("(")[0] for line in part.splitlines() if line.startswith("* `")]
        assert sorted(methods) == sorted(set(methods)), part.partition("\n")[0]


def test_every_public_value_says_what_it_is() -> None:
    packages = (ostler, drivers, executor, testing)
    named = [(package, name) for package in packages for name in package.__all__]
    silent = [f"{package.__name__}.{name}" for package, name in named if not said(package, name)]
    assert silent == []


def said(package: ModuleType, name: str) -> str:
    return WITHOUT_DOCSTRING.get(name) or getattr(package, name).__doc__ or ""


def test_the_operators_page_names_every_key_of_the_exec_plugin() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    keys = [field.name for field in attrs.fields(Catalog().load("exec").settings)]
    assert [key for key in keys if key not in page] == []
