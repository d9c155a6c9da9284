"""What becomes of an end that nobody read while the controller still knew of it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from accounting import PROGRAMS, AccountedNode
from conftest import SCALE, require
from single_node import SingleNode, until

from ostler.drivers import Exit, Health, Reason
from ostler.testing import DriverHarness

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(180)  # a controller forgets a job ten seconds after its end at the earliest


@pytest.fixture(scope="module")
def accounted() -> Iterator[SingleNode]:
    require(*PROGRAMS)
    yield from started(AccountedNode(Path(tempfile.mkdtemp(prefix="slurm-"))))


@pytest.fixture(scope="module")
def forgetful() -> Iterator[SingleNode]:
    require()
    yield from started(SingleNode(Path(tempfile.mkdtemp(prefix="slurm-")), forgets_after=2))


def started(cluster: SingleNode) -> Iterator[SingleNode]:
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(cluster.folder)


def unread_ends(cluster: SingleNode, folder: Path, *scripts: str, programs: str = "") -> list[Exit | None]:
    """Run tasks whose host goes away, and comes back when the controller has forgotten them."""
    settings = {"slurm_conf": str(cluster.conf), "poll_interval": 0.2, "programs": programs}
    with DriverHarness("slurm", folder, settings=settings, scale=SCALE) as harness:
        tasks = [harness.run({"script": script}) for script in scripts]
        harness.leave()
        numbers = {task.handle.state["job"] for task in tasks}
        until(lambda: not numbers & set(cluster.jobs()), 120)
        harness.open()
        for task in tasks:
            task.recover()
        return [task.end(6) for task in tasks]


def test_an_end_that_the_controller_forgot_is_read_from_the_accounts(
    accounted: SingleNode, tmp_path: Path, counted: Path
) -> None:
    ends = unread_ends(accounted, tmp_path / "o", "exit 5", "kill -9 $$", "exit 0", programs=str(counted))
    assert [(end.code, end.signal, end.reason) for end in ends if end] == [
        (5, 0, Reason.EXITED),
        (137, 9, Reason.SIGNALED),
        (0, 0, Reason.EXITED),
    ]
    assert (counted / "calls").read_text().split().count("sacct") == 1


def test_a_cluster_with_accounts_says_so(accounted: SingleNode, tmp_path: Path) -> None:
    with DriverHarness("slurm", tmp_path / "o", settings={"slurm_conf": str(accounted.conf)}) as harness:
        found = harness.call(harness.driver.fingerprint)
    assert (found.health, found.reason) == (Health.HEALTHY, "")
    assert found.attributes["driver.slurm.accounting"] is True


def test_accounts_that_can_not_be_read_make_no_task_lost(accounted: SingleNode, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sacct").write_text(
        "#!/bin/sh\necho 'sacct: error: Problem talking to the database' >&2; exit 1\n"
    )
    (broken / "sacct").chmod(0o755)
    (end,) = unread_ends(accounted, tmp_path / "o", "exit 5", programs=str(broken))
    assert end is None


def test_without_accounts_such_an_end_is_lost_and_says_why(forgetful: SingleNode, tmp_path: Path) -> None:
    (end,) = unread_ends(forgetful, tmp_path / "o", "exit 5")
    assert end is not None
    assert (end.code, end.reason) == (125, Reason.LOST)
    assert end.message == "Slurm does not know it any more, and keeps no accounting that would tell its end"
