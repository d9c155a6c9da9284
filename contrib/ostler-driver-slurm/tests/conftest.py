"""The cluster that all tests share, and what opens the driver on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from single_node import PATH, SingleNode, missing

from ostler.testing import DriverHarness
from ostler.testing.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator

# A job is scheduled, launched and cleaned up by three daemons, here on one busy machine.
SCALE = Scale(patience_seconds=30.0)


class OpenSlurm(Protocol):
    """Open the driver on a cluster, with further settings and maybe in a directory of its own."""

    def __call__(self, directory: Path | None = None, **settings: Any) -> DriverHarness: ...  # noqa: ANN401 - any settings


def require(*programs: str) -> None:
    """Skip where Slurm or one of ``programs`` is not installed, or fail where everything has to be tested."""
    absent = missing(*programs)
    if absent and os.environ.get("OSTLER_REQUIRE") == "1":
        pytest.fail(f"not installed: {', '.join(absent)}", pytrace=False)
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")


@pytest.fixture(scope="session")
def slurm() -> Iterator[SingleNode]:
    """Start a cluster for the whole session."""
    require()
    # Not below pytest's own directory: Slurm's sockets need short paths, and other users a way in.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    cluster = SingleNode(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(folder)


@pytest.fixture
def open_slurm(slurm: SingleNode, tmp_path: Path) -> Iterator[OpenSlurm]:
    """Open the driver on the session's cluster; its tasks end with the test."""
    opened: list[DriverHarness] = []

    def open_one(directory: Path | None = None, **settings: Any) -> DriverHarness:  # noqa: ANN401 - any settings
        chosen = {"slurm_conf": str(slurm.conf), "poll_interval": 0.2, **settings}
        folder = directory or tmp_path / f"ostler{len(opened)}"
        opened.append(DriverHarness("slurm", folder, settings=chosen, scale=SCALE))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def harness(open_slurm: OpenSlurm) -> DriverHarness:
    """Open the driver with the usual settings."""
    return open_slurm()


@pytest.fixture
def counted(tmp_path: Path) -> Path:
    """Give a directory of Slurm's programs that write each of their calls to ``calls`` there."""
    return counting(tmp_path)


def counting(parent: Path) -> Path:
    """Make a directory of programs that stand in front of Slurm's own and write each call down."""
    folder = parent / "programs"
    folder.mkdir()
    for name in ("sbatch", "squeue", "sacct", "scancel", "scontrol"):
        wrapper = folder / name
        real = shutil.which(name, path=PATH)
        wrapper.write_text(f'#!/bin/sh\necho {name} >>"{folder}/calls"\nexec {real} "$@"\n')
        wrapper.chmod(0o755)
    (folder / "calls").touch()
    return folder
