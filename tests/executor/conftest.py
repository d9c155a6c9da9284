from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from ostler.executor import Isolation, Mount, Tier
from tests.executor.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOST_FOLDERS = ("/bin", "/etc", "/lib", "/lib32", "/lib64", "/sbin", "/usr")


@pytest.fixture
def bench(data_dir: Path, tmp_path: Path) -> Iterator[Bench]:
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
