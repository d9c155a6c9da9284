from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler.errors import RecoverableError, RefusedError
from ostler.executor import Enforcement, Limits
from ostler.executor.supervisor.cores import read, written
from tests.executor.bench import Bench, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("processors")


@pytest.fixture
def machine(bench: Bench, need_kernel: Callable[[str], None]) -> int:
    """Count the processors that can be reserved."""
    if bench.executor.host().limits.cores is not Enforcement.ENFORCED:
        need_kernel(bench.executor.host().reason or "no cpuset cgroup can be made")
    return len(os.sched_getaffinity(0))


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Bench]:
    """Give an executor of another data directory, which has a supervisor of its own."""
    folder = tmp_path / "data" / "other"
    folder.mkdir(mode=0o700)
    bench = Bench(folder, tmp_path)
    yield bench
    bench.clear()


def hold(bench: Bench, name: str, count: int) -> set[int]:
    """Start a task on cores of its own, and tell on which it may run."""
    cores = bench.executor.reserve_cores(name, count)
    command = bench.command("/bin/sleep", "60", limits=Limits(cores=cores))
    process = bench.executor.start(evolve(command, id=name))
    bench.started.append(process)
    (allowed,) = {frozenset(os.sched_getaffinity(pid)) for pid in main_of(process.pid)}
    assert allowed == read(cores)
    return set(allowed)


def main_of(init: int) -> list[int]:
    with open(f"/proc/{init}/task/{init}/children", encoding="ascii") as listed:
        return [int(each) for each in listed.read().split()]


def test_reserved_cores_are_one_tasks_alone_until_it_ends(bench: Bench, machine: int) -> None:
    first = hold(bench, "first", 1)
    if machine > 1:
        second = hold(bench, "second", machine - 1)
        assert first | second == os.sched_getaffinity(0)
        assert not first & second
    with pytest.raises(RecoverableError, match=r"1 cores are asked for and none is free.*first"):
        bench.executor.reserve_cores("third", 1)
    bench.executor.stop(bench.started[0], grace_seconds=0)
    assert hold(bench, "third", 1) == first


def test_more_than_the_machine_has_is_refused_with_what_it_has(bench: Bench, machine: int) -> None:
    has = re.escape(f"{machine} ({written(os.sched_getaffinity(0))}); ask for fewer")
    with pytest.raises(RefusedError, match=f"{machine + 1} cores are asked for and the machine has {has}"):
        bench.executor.reserve_cores("greedy", machine + 1)


def test_a_promise_holds_before_the_start_and_is_not_made_twice(bench: Bench, machine: int) -> None:
    bench.executor.reserve_cores("first", machine)
    with pytest.raises(RecoverableError, match="reserved by first"):
        bench.executor.reserve_cores("second", 1)


def test_a_reservation_outlives_the_supervisor(bench: Bench, machine: int) -> None:
    hold(bench, "first", machine)
    supervisor = bench.supervisor()
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not os.path.exists(f"/proc/{supervisor}"))
    with pytest.raises(RecoverableError, match="reserved by first"):
        bench.executor.reserve_cores("second", 1)


def test_what_another_data_directory_reserved_is_seen(bench: Bench, other: Bench, machine: int) -> None:
    hold(bench, "first", machine)
    with pytest.raises(RecoverableError, match="reserved by first"):
        other.executor.reserve_cores("second", 1)


def test_where_no_core_can_be_reserved_it_is_said(portable: Bench) -> None:
    with pytest.raises(RefusedError, match="none can be reserved here"):
        portable.executor.reserve_cores("first", 1)


@pytest.mark.parametrize(("text", "cores"), [("0", {0}), ("0-2,5", {0, 1, 2, 5}), ("", set())])
def test_cores_are_listed_as_the_kernel_does(text: str, cores: set[int]) -> None:
    assert read(text) == cores
    assert written(cores) == text
