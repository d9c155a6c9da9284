"""What only a kernel with cgroup v2 tells: a few starts under one supervisor, since it is also emulated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import asdict

from ostler.executor import Enforcement, Isolation, Limits, Mount, Reason, Tier
from tests.conftest import KEEPER, end_supervisors
from tests.executor.bench import Bench, wait_until
from tests.executor.conftest import HOST_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.executor import Process
    from tests.conftest import NeedKernel

pytestmark = pytest.mark.cgroup2

MEGABYTE = 1024 * 1024
HOG = "dd if=/dev/zero of=/dev/null bs=200M count=1"
APART = "setsid sh -c 'setsid sleep 60 & setsid sleep 60 & echo there; wait' &"
ISOLATED = Isolation(
    namespaces=frozenset({"mount", "pid", "ipc", "uts"}),
    root=tuple(Mount(folder, folder) for folder in HOST_FOLDERS),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Give one bench to all the tests here; a supervisor takes seconds to begin where it is emulated."""
    folder = tmp_path_factory.mktemp("cgroup2")
    bench = Bench(folder / "data", folder)
    bench.executor.processes()  # begins the supervisor, which then is no test's to leave behind
    yield bench
    bench.clear()
    end_supervisors(request.config.stash[KEEPER], folder)


@pytest.fixture
def bench(kept: Bench, need_kernel: NeedKernel) -> Bench:
    host = kept.executor.host()
    if host.cgroups != "v2":
        need_kernel(f"cgroups are {host.cgroups} here; `make test-cgroup2` boots a kernel that has v2 alone")
    return kept


def inside(process: Process, name: str) -> str:
    (group,) = process.cgroups
    return Path(group, name).read_text().strip()


def test_all_is_held_by_the_kernel(bench: Bench) -> None:
    host = bench.executor.host()
    assert host.tier is (Tier.ROOT if os.geteuid() == 0 else Tier.USERNS)
    held = {name for name, word in asdict(host.limits).items() if word is Enforcement.ENFORCED}
    assert held >= {"memory", "memory_soft", "cpu", "cpu_hard", "cores", "pids"}


def test_a_task_s_one_group_holds_its_limits_and_goes_with_it(bench: Bench) -> None:
    core = str(max(os.sched_getaffinity(0)))
    limits = Limits(
        memory_bytes=64 * MEGABYTE,
        memory_soft_bytes=32 * MEGABYTE,
        cpu_shares=512,
        cpus=0.5,
        cores=core,
        pids=50,
    )
    process = bench.start("/bin/sh", "-c", f"{APART} wait", isolation=ISOLATED, limits=limits)
    wait_until(lambda: "there" in bench.output())
    assert inside(process, "memory.max") == str(64 * MEGABYTE)
    assert inside(process, "memory.low") == str(32 * MEGABYTE)
    assert inside(process, "cpu.max") == "50000 100000"
    assert (inside(process, "cpuset.cpus.effective"), inside(process, "pids.max")) == (core, "50")
    assert str(process.pid) not in inside(process, "cgroup.procs").split()
    stats = bench.executor.stats(process)
    assert stats.pids == 4
    assert stats.memory_bytes
    assert stats.memory_bytes >= (stats.rss_bytes or 0) > 0
    assert None not in {stats.cpu_user_seconds, stats.cpu_throttled_seconds, stats.cache_bytes}
    assert None not in {stats.swap_bytes, stats.io_read_bytes, stats.io_write_bytes}
    bench.executor.stop(process, grace_seconds=0)
    assert bench.end(process).reason is Reason.STOPPED
    assert [group for group in process.cgroups if Path(group).exists()] == []


def test_children_apart_die_with_a_task_that_has_no_namespaces(bench: Bench) -> None:
    plain = Isolation(minimum=Tier.NONE)
    process = bench.start("/bin/sh", "-c", f"{APART} wait", isolation=plain, limits=Limits(pids=50))
    wait_until(lambda: "there" in bench.output())
    members = [int(pid) for pid in inside(process, "cgroup.procs").split()]
    bench.executor.stop(process, grace_seconds=0)
    assert len(members) == 4
    assert [pid for pid in members if Path(f"/proc/{pid}").exists()] == []


def test_too_much_memory_ends_the_task_with_oom(bench: Bench) -> None:
    outcome = bench.shell(f"exec {HOG}", isolation=ISOLATED, limits=Limits(memory_bytes=48 * MEGABYTE))
    assert (outcome.code, outcome.signal, outcome.reason) == (137, 9, Reason.OOM)


def test_a_child_killed_for_memory_is_counted_and_the_task_ends_as_it_says(bench: Bench) -> None:
    outcome = bench.shell(f"{HOG}; exit 4", isolation=ISOLATED, limits=Limits(memory_bytes=48 * MEGABYTE))
    assert (outcome.code, outcome.reason) == (4, Reason.EXITED)
    assert outcome.oom_kills >= 1


def test_a_fork_bomb_is_over_when_it_is_stopped(bench: Bench) -> None:
    bomb = "b() { b | b & }; b; sleep 60"
    process = bench.start("/bin/sh", "-c", bomb, isolation=ISOLATED, limits=Limits(pids=40))
    wait_until(lambda: int(inside(process, "pids.events").split()[-1]) > 0)
    bench.executor.stop(process, grace_seconds=0)
    assert bench.end(process).signal == 9


def test_a_command_inside_a_task_joins_its_group(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "60", isolation=ISOLATED, limits=Limits(pids=50))
    with bench.executor.execute(process, ["/bin/sleep", "60"]) as command:
        wait_until(lambda: len(inside(process, "cgroup.procs").split()) == 2)
        command.kill()
    bench.executor.stop(process, grace_seconds=0)
    assert [group for group in process.cgroups if Path(group).exists()] == []


def test_a_process_can_be_born_in_a_group(bench: Bench) -> None:
    there = {each.name: each for each in bench.executor.examine()}
    assert there["clone into a cgroup"].there
    assert there["cgroup memory"].found.startswith("v2, ")


def test_the_launcher_in_python_enters_the_group_too(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    assert bench.executor.host().cgroups == "v2"
    monkeypatch.setenv("OSTLER_LAUNCHER", "ctypes")
    slower = Bench(tmp_path / "data", tmp_path)
    limits = Limits(memory_bytes=48 * MEGABYTE)
    process = slower.start("/bin/sh", "-c", f"exec {HOG}", isolation=ISOLATED, limits=limits)
    assert slower.end(process).reason is Reason.OOM
    slower.clear()
    end_supervisors(request.config.stash[KEEPER], tmp_path)
    assert [group for group in process.cgroups if Path(group).exists()] == []
