"""The cluster that all tests share, and what opens the driver on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import accounting
import pytest
from single_node import SCALE, SingleNode, counting, missing
from timers import WithAccounts, WithoutAccounts, with_accounts, without_accounts

from ostler.testing import DriverHarness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future


class Meanwhile(NamedTuple):
    """What happens on other clusters while tests run; None where these can't be had."""

    accounted: Future[WithAccounts] | None
    forgetful: Future[WithoutAccounts] | None


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
def meanwhile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meanwhile]:
    """Begin what waits for Slurm's own timers."""
    with ThreadPoolExecutor() as pool:
        yield Meanwhile(
            None
            if missing(*accounting.PROGRAMS)
            else pool.submit(with_accounts, tmp_path_factory.mktemp("a")),
            None if missing() else pool.submit(without_accounts, tmp_path_factory.mktemp("f")),
        )


@pytest.fixture(autouse=True)
def _begin_meanwhile(request: pytest.FixtureRequest) -> None:
    """Begin it with the first test that is not the kit's, which counts the threads of this process."""
    wanted = any(item.path.stem == "test_timers" for item in request.session.items)
    if wanted and request.cls is None:
        request.getfixturevalue("meanwhile")


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
