"""Every package of contrib/, installed by pip beside Ostler's wheel, as a stranger's would be."""

from __future__ import annotations

import re
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.contrib.environments import MADE, PACKAGES, must

if TYPE_CHECKING:
    from pathlib import Path

every_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)


def project(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def offered(package: Path) -> list[list[str]]:
    """Name what the package's entry points offer, as the beginning of a line of `ostler driver list`."""
    said = project(package)
    groups = [points for group, points in said["entry-points"].items() if group.startswith("ostler.")]
    return [[name, said["name"], said["version"]] for points in groups for name in points]


@every_package
def test_a_package_is_laid_out_as_the_others(package: Path) -> None:
    said, module = project(package), package.name.replace("-", "_")
    assert said["name"] == package.name
    assert "test" in said["optional-dependencies"]
    wanted = ("README.md", "CHANGELOG.md", "tests", f"src/{module}/__init__.py", f"src/{module}/py.typed")
    assert [path for path in wanted if not (package / path).exists()] == []


@every_package
def test_what_a_package_offers_is_listed(package: Path, programs: Path, tmp_path: Path) -> None:
    lines = must(programs / "ostler", "driver", "list", folder=tmp_path).splitlines()
    listed = [line.split()[:3] for line in lines]
    assert [each for each in offered(package) if each not in listed] == []


@every_package
def test_a_package_passes_its_own_tests(package: Path, programs: Path, tmp_path: Path) -> None:
    copy = tmp_path / "package"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("src", *MADE))
    said = must(programs / "python", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", folder=copy)
    assert re.search(r"\d+ passed", said)
