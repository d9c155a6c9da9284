"""What only a kernel with cgroup v2 tells: a few starts under one supervisor, since it is also emulated."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import asdict, evolve

from ostler.errors import RecoverableError
from ostler.executor import Enforcement, Isolation, Limits, Mount, Reason, Tier
from ostler.executor.linux import hierarchy
from tests.conftest import KEEPER, end_supervisors
from tests.executor.bench import Bench, kill_supervisor, wait_until
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


def test_a_frozen_task_is_stopped(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", f"{APART} wait", isolation=ISOLATED, limits=Limits(pids=50))
    wait_until(lambda: "there" in bench.output())
    Path(process.cgroups[0], "cgroup.freeze").write_text("1")
    wait_until(lambda: "frozen 1" in inside(process, "cgroup.events"))
    bench.executor.stop(process, grace_seconds=0)
    assert bench.end(process).reason is Reason.STOPPED
    assert [group for group in process.cgroups if Path(group).exists()] == []


def test_reserved_cores_are_one_tasks_alone(bench: Bench) -> None:
    core = bench.executor.reserve_cores("alone", 1)
    command = bench.command("/bin/sleep", "60", isolation=ISOLATED, limits=Limits(cores=core))
    process = bench.executor.start(evolve(command, id="alone"))
    bench.started.append(process)
    assert inside(process, "cpuset.cpus.effective") == core
    others = len(os.sched_getaffinity(0)) - 1
    with pytest.raises(RecoverableError, match=r"cores are asked for and .* free.*alone"):
        bench.executor.reserve_cores("greedy", others + 1)
    bench.executor.stop(process, grace_seconds=0)
    assert bench.end(process).reason is Reason.STOPPED


def test_a_group_in_which_processes_live_hands_nothing_on(bench: Bench) -> None:
    parent = hierarchy.find().parents["unified"]
    crowded = Path(parent, "crowded")
    crowded.mkdir()
    with subprocess.Popen(["/bin/sleep", "60"]) as lives:
        (crowded / "cgroup.procs").write_text(str(lives.pid))
        assert hierarchy.handed_on(str(crowded)) == frozenset()
        assert hierarchy.why_not(str(crowded)) == (
            f"{crowded} can't hand its controllers on while processes live in it themselves: "
            "move them to a group below it"
        )
        lives.kill()
    wait_until(lambda: not inside_of(crowded))
    assert hierarchy.handed_on(str(crowded)) >= {"memory", "pids", "cpu", "cpuset"}
    (crowded / hierarchy.PARENT).rmdir()
    crowded.rmdir()


def inside_of(group: Path) -> str:
    return (group / "cgroup.procs").read_text()


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


@pytest.fixture
def another(bench: Bench, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Give a bench with a supervisor of its own, once it is needed."""
    assert bench.executor.host().cgroups == "v2"
    another = Bench(tmp_path / "data", tmp_path)
    yield another
    another.clear()
    end_supervisors(request.config.stash[KEEPER], tmp_path)


def test_the_next_supervisor_takes_a_task_and_its_group_up(another: Bench) -> None:
    limits = Limits(memory_bytes=48 * MEGABYTE)
    script = f"until [ -e {another.folder}/gate ]; do sleep 0.1; done; {HOG}; exit 4"
    process = another.start("/bin/sh", "-c", script, isolation=Isolation(minimum=Tier.NONE), limits=limits)
    kill_supervisor(another.data_dir)
    (another.folder / "gate").touch()
    outcome = another.end(process)
    assert (outcome.code, outcome.reason) == (4, Reason.EXITED)
    assert outcome.oom_kills >= 1
    assert [group for group in process.cgroups if Path(group).exists()] == []


def test_the_launcher_in_python_enters_the_group_too(another: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTLER_LAUNCHER", "ctypes")
    limits = Limits(memory_bytes=48 * MEGABYTE)
    process = another.start("/bin/sh", "-c", f"exec {HOG}", isolation=ISOLATED, limits=limits)
    assert another.end(process).reason is Reason.OOM
    another.executor.forget(process)
    assert [group for group in process.cgroups if Path(group).exists()] == []
