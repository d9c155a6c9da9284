"""The wheels of Ostler and of every package in contrib/, and one environment that holds them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contrib.environments import PACKAGES, ROOT, environment, wheel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIRST_SECONDS = 600  # whichever test comes first builds the wheels and waits for pip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of this folder the time that the first one needs."""
    for item in items:
        if item.path.parent.name == "contrib":
            item.add_marker(pytest.mark.timeout(FIRST_SECONDS))


@pytest.fixture(scope="session")
def ostler_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build Ostler's own wheel."""
    return wheel(ROOT, tmp_path_factory.mktemp("ostler"))


@pytest.fixture(scope="session")
def package_wheels(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Build the wheel of every package in contrib/, by the name of its folder."""
    folder = tmp_path_factory.mktemp("wheels")
    return {package.name: wheel(package, folder) for package in PACKAGES}


@pytest.fixture(scope="session")
def programs(
    ostler_wheel: Path, package_wheels: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Give the programs of an environment into which pip put all the wheels, with what tests them."""
    wheels = [f"{ostler_wheel}[testing]", *(f"{each}[test]" for each in package_wheels.values())]
    return environment(tmp_path_factory.mktemp("strangers") / "venv", wheels)
