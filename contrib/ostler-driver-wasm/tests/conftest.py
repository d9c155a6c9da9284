"""What the tests share: a folder of modules that the driver may read, and the driver in both its ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import programs
import pytest

from ostler.testing.supervision import keep_executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ostler.drivers import Resources
    from ostler.testing import DriverHarness, RunningTask
    from ostler.testing.plugin import OpenDriver
    from ostler.testing.supervision import KeptExecutor

NAMES = ("HELLO", "EXIT", "ECHO", "CAT", "FILE", "LOOP", "SLEEP", "HOG", "TRAP", "ACT")


@pytest.fixture(scope="module")
def ostler_executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptExecutor]:
    """Give one executor to all tests of a module, which would spend most of their time on starting it."""
    with keep_executor(tmp_path_factory.mktemp("executor")) as kept:
        yield kept


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """Give a folder that holds every program, each as a .wat file of its name."""
    folder = tmp_path / "modules"
    folder.mkdir(mode=0o755)
    for name in NAMES:
        (folder / f"{name.lower()}.wat").write_text(getattr(programs, name))
    return folder


@pytest.fixture(params=["auto", "none"])
def harness(open_driver: OpenDriver, modules: Path, request: pytest.FixtureRequest) -> DriverHarness:
    """Open the driver, with isolation round it where this machine has any, and without."""
    return open_driver("wasm", {"allowed_paths": [str(modules)], "isolation": request.param})


@pytest.fixture
def run(harness: DriverHarness, modules: Path) -> Callable[..., RunningTask]:
    """Give the function that starts a program by its name."""

    def start(name: str, *args: str, resources: Resources | None = None, **config: object) -> RunningTask:
        words = {"module": f"{modules}/{name}.wat", "args": list(args), **config}
        return harness.run(words, resources=resources)

    return start
