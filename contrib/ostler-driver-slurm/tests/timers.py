"""What lasts long because Slurm itself takes its time, on clusters of its own that end with it."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from accounting import AccountedNode
from attrs import frozen
from single_node import SCALE, SingleNode, counting, until

from ostler.drivers import Exit, Fingerprint
from ostler.testing import DriverHarness

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen
class WithAccounts:
    """What was seen of a cluster that keeps accounts; ``calls`` are the programs that read them."""

    found: Fingerprint
    ends: list[Exit | None]
    calls: list[str]
    unreadable: list[Exit | None]


@frozen
class WithoutAccounts:
    """What was seen of a cluster that forgets."""

    ends: list[Exit | None]
    overdue: Exit | None


def with_accounts(folder: Path) -> WithAccounts:
    """Have ends read from the accounts, and from accounts that can't be read."""
    programs, broken = counting(folder), _broken(folder)
    with started(AccountedNode) as cluster, ThreadPoolExecutor() as pool:
        scripts = ("exit 5", "kill -9 $$", "exit 0")
        read = pool.submit(unread_ends, cluster, folder / "read", *scripts, programs=str(programs))
        unread = pool.submit(unread_ends, cluster, folder / "unread", "exit 5", programs=str(broken))
        with DriverHarness("slurm", folder / "o", settings={"slurm_conf": str(cluster.conf)}) as harness:
            found = harness.call(harness.driver.fingerprint)
        ends, unreadable = read.result(), unread.result()
    return WithAccounts(found, ends, (programs / "calls").read_text().split(), unreadable)


def without_accounts(folder: Path) -> WithoutAccounts:
    """Have an end forgotten, and a task ended by Slurm's own limit, which is looked at twice a minute."""
    with started(SingleNode) as cluster, ThreadPoolExecutor() as pool:
        ends = pool.submit(unread_ends, cluster, folder / "unread", "exit 5")
        overdue = pool.submit(overdue_end, cluster, folder / "overdue")
        return WithoutAccounts(ends.result(), overdue.result())


@contextmanager
def started(kind: type[SingleNode]) -> Iterator[SingleNode]:
    """Start a cluster whose controller forgets a job as soon as it may."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    cluster = kind(folder, forgets_after=2)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(folder)


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


def overdue_end(cluster: SingleNode, folder: Path) -> Exit | None:
    """Run a task until the controller ends it, whose time is over soon: one that is past is refused."""
    settings = {"slurm_conf": str(cluster.conf), "poll_interval": 0.2}
    with DriverHarness("slurm", folder, settings=settings, scale=SCALE) as harness:
        task = harness.run({"script": "echo runs\nexec sleep 150", "time_limit": 600.0})
        until(lambda: task.stdout.content == b"runs\n")
        cluster.ask("scontrol", "update", f"jobid={task.handle.state['job']}", "EndTime=now+10")
        return task.end(100.0)


def _broken(folder: Path) -> Path:
    """Make a directory of programs whose ``sacct`` fails."""
    broken = folder / "broken"
    broken.mkdir()
    (broken / "sacct").write_text(
        "#!/bin/sh\necho 'sacct: error: Problem talking to the database' >&2; exit 1\n"
    )
    (broken / "sacct").chmod(0o755)
    return broken
