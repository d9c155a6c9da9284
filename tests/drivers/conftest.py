"""Distributions made on the spot, tasks and drivers to try the contract with, and the words expected."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from ostler.drivers import Directories, DriverContext, Task, TaskHandle
from ostler.executor import Executor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture
def golden() -> Callable[[str, object], None]:
    """Compare a text with golden/NAME.txt; OSTLER_GOLDEN=write writes the file."""

    def compare(name: str, text: object) -> None:
        file = GOLDEN / f"{name}.txt"
        if os.environ.get("OSTLER_GOLDEN") == "write":
            file.write_text(f"{text}\n", "utf-8")
        assert f"{text}\n" == file.read_text("utf-8")

    return compare


class Install(Protocol):
    """Put a distribution on the path."""

    def __call__(
        self,
        name: str,
        version: str,
        *,
        drivers: Mapping[str, str],
        modules: Mapping[str, str] = {},
        requires: str = "",
        contract: str = "v1",
    ) -> None: ...


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install tiny distributions, each in a folder of its own on sys.path."""

    def install_one(
        name: str,
        version: str,
        *,
        drivers: Mapping[str, str],
        modules: Mapping[str, str] = {},
        requires: str = "",
        contract: str = "v1",
    ) -> None:
        folder = tmp_path / "site" / f"{name}-{version}"
        metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        asked = f"Requires-Dist: {requires}\n" if requires else ""
        (metadata / "METADATA").write_text(f"{text}{asked}\nRequires-Dist: ostler<0.0.1\n")  # a description
        lines = [f"{driver} = {target}" for driver, target in drivers.items()]
        (metadata / "entry_points.txt").write_text("\n".join([f"[ostler.drivers.{contract}]", *lines, ""]))
        for module, source in modules.items():
            (folder / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(str(folder))

    return install_one


@pytest.fixture
def context(tmp_path: Path) -> DriverContext:
    """Give what a driver is constructed with."""
    return DriverContext(
        name="trial",
        settings=None,
        state_directory=tmp_path,
        executor=Executor(tmp_path / "executor"),
        node={},
        logger=logging.getLogger("trial"),
        emit=lambda *_: None,
    )


@pytest.fixture
def task() -> Task:
    """Give a task that nobody runs."""
    return Task(
        id="a/web/1",
        name="web",
        allocation_id="a",
        job_id="job",
        group_name="group",
        config=None,
        environment={},
        directories=Directories(allocation="/a", shared="/a/s", task="/a/t", local="/a/l", secrets="/a/x"),
    )


@pytest.fixture
def handle(task: Task) -> TaskHandle:
    """Give the handle of that task."""
    return TaskHandle(task_id=task.id, driver="trial")
