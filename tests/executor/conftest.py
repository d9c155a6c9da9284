from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from ostler.executor import Isolation, Mount, Tier
from ostler.executor.linux.launch import COMPILED, FORKED, kind
from tests.executor.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BOTH_LAUNCHERS = (
    "test_chaos",
    "test_isolation",
    "test_recover",
    "test_refusals",
    "test_slots",
    "test_start",
    "test_stop",
)
HOST_FOLDERS = ("/bin", "/etc", "/lib", "/lib32", "/lib64", "/sbin", "/usr")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what shows most of a launcher with each of them, or with the one that the environment names."""
    if "OSTLER_LAUNCHER" in os.environ:
        return
    if metafunc.module.__name__.rpartition(".")[2] in BOTH_LAUNCHERS and "launcher" in metafunc.fixturenames:
        metafunc.parametrize("launcher", [COMPILED, FORKED], indirect=True)


@pytest.fixture
def launcher(request: pytest.FixtureRequest, need_kernel: Callable[[str], None]) -> Iterator[str]:
    """Have the supervisors of a test start tasks by the launcher that it names, or else by the usual one."""
    name: str = getattr(request, "param", "")
    if name == COMPILED and sys.platform == "linux" and kind() != COMPILED:
        need_kernel("the launcher in C was not built")
    with pytest.MonkeyPatch.context() as patch:
        if name:
            patch.setenv("OSTLER_LAUNCHER", name)
        yield name


@pytest.fixture
def bench(data_dir: Path, tmp_path: Path, launcher: str) -> Iterator[Bench]:
    """Give an executor with short ways to start things; whatever still runs is forgotten at the end."""
    bench = Bench(data_dir, tmp_path)
    yield bench
    bench.clear()


@pytest.fixture
def portable(data_dir: Path, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(data_dir, tmp_path, portable=True)
    yield bench
    bench.clear()


@pytest.fixture
def isolation(bench: Bench, need_kernel: Callable[[str], None]) -> Isolation:
    """Give what the exec driver asks for; skip where the machine can't."""
    host = bench.executor.host()
    if sys.platform != "linux" or not host.tier.reaches(Tier.USERNS):
        need_kernel(host.reason)
    root = tuple(Mount(folder, folder) for folder in HOST_FOLDERS)
    return Isolation(namespaces=frozenset({"mount", "pid", "ipc", "uts"}), root=root, hostname="inside")
