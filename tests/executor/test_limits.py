from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler.errors import RefusedError
from ostler.executor import Enforcement, Isolation, Limits, Reason
from ostler.executor.host import ceilings
from ostler.executor.linux.backend import Backend
from ostler.executor.supervisor import slot
from ostler.executor.supervisor.loop import Loop
from ostler.executor.supervisor.records import Records
from ostler.executor.supervisor.task import Task
from ostler.executor.supervisor.tasks import Tasks
from tests.executor.bench import PATIENCE_SECONDS, Bench, pids_of, wait_until
from tests.executor.test_stats import used_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEGABYTE = 1024 * 1024
HOG = "exec python3 -c 'import time; hog = bytes(200 << 20); hog = hog + bytes(1 << 20); time.sleep(20)'"


@pytest.fixture(params=[False, True], ids=["linux", "portable"])
def meter(data_dir: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Give either executor: what is counted or measured is so on any system."""
    if sys.platform != "linux" and not request.param:
        pytest.skip("there is only the portable executor")
    bench = Bench(data_dir, tmp_path, portable=request.param)
    yield bench
    bench.clear()


def enforced(bench: Bench, name: str, need_kernel: Callable[[str], None]) -> None:
    host = bench.executor.host()
    if getattr(host.limits, name) is not Enforcement.ENFORCED:
        need_kernel(host.reason)


@pytest.mark.need("python3")
def test_too_much_memory_ends_the_task_with_oom(bench: Bench, isolation: Isolation) -> None:
    outcome = bench.shell(HOG, isolation=isolation, limits=Limits(memory_bytes=48 * MEGABYTE))
    assert (outcome.code, outcome.signal, outcome.reason) == (137, 9, Reason.OOM)


@pytest.mark.need("python3")
def test_a_raw_task_is_held_to_its_memory_too(bench: Bench) -> None:
    assert bench.shell(HOG, limits=Limits(memory_bytes=48 * MEGABYTE)).reason is Reason.OOM


@pytest.mark.need("python3")
def test_a_child_killed_for_memory_is_counted_and_the_reason_stays(
    bench: Bench, need_kernel: Callable[[str], None]
) -> None:
    enforced(bench, "memory", need_kernel)
    if bench.executor.host().cgroups == "v2":
        need_kernel("version 2 of cgroups ends the whole task, which test_cgroup2 looks at")
    outcome = bench.shell(
        f"sh -c {HOG!r}; exit 4".replace("exec ", ""), limits=Limits(memory_bytes=48 * MEGABYTE)
    )
    assert (outcome.code, outcome.reason) == (4, Reason.EXITED)
    assert outcome.oom_kills >= 1
    assert "for memory" in outcome.message


def test_a_kill_is_not_taken_for_oom(bench: Bench) -> None:
    outcome = bench.shell("kill -9 $$", limits=Limits(memory_bytes=48 * MEGABYTE))
    assert (outcome.reason, outcome.oom_kills) == (Reason.SIGNALED, 0)


def test_too_many_processes_are_denied_or_end_the_task(bench: Bench, isolation: Isolation) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 3 & done; wait; echo all"
    outcome = bench.shell(script, isolation=isolation, limits=Limits(pids=8))
    assert outcome.code != 0 or "all" not in bench.output() or "fork" in bench.output().lower()


def test_watched_processes_end_a_task_with_a_reason_of_their_own(bench: Bench) -> None:
    other = bench.start("/bin/sleep", "60", limits=Limits(pids=99))
    group = next((path for path in other.cgroups if "/pids/" in path), "".join(other.cgroups[:1]))
    joined = {"pids" if "/pids/" in group else "unified": group} if group else {}  # no limit holds there
    script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 20 & done; wait"
    outcome = bench.shell(script, limits=Limits(pids=4), cgroups=joined)
    assert (outcome.signal, outcome.reason) == (9, Reason.PIDS_LIMIT)
    assert outcome.message.endswith(" processes and threads, where 4 are allowed")


def test_a_fork_bomb_is_over_when_it_is_stopped(bench: Bench, isolation: Isolation) -> None:
    bomb = "b() { b | b & }; b; sleep 60"
    process = bench.start("/bin/sh", "-c", bomb, isolation=isolation, limits=Limits(pids=40))
    bench.executor.wait(process, 0.3)
    bench.executor.stop(process, grace_seconds=0)
    assert bench.end(process).signal == 9


def test_time_is_up_after_the_timeout(bench: Bench) -> None:
    outcome = bench.run("/bin/sleep", "60", limits=Limits(timeout_seconds=0.2))
    assert (outcome.reason, outcome.message) == (Reason.TIMEOUT, "it ran longer than 0.2 s")


def test_a_hard_limit_on_the_processor_holds_a_busy_task_back(
    bench: Bench, need_kernel: Callable[[str], None]
) -> None:
    enforced(bench, "cpu_hard", need_kernel)
    process = bench.start("/bin/sh", "-c", "while :; do :; done", limits=Limits(cpus=0.2))
    begin, before = time.monotonic(), used_seconds(bench, process)
    bench.executor.wait(process, 1.0)
    used = used_seconds(bench, process) - before
    assert used < 0.4 * (time.monotonic() - begin)


def test_files_and_core_dumps_are_limited_in_each_process(bench: Bench) -> None:
    limits = Limits(open_files=77, core_bytes=4096)
    assert bench.says("ulimit -n; ulimit -Hn; ulimit -c", limits=limits) == ["77", "77", "8"]


def test_what_the_supervisor_has_open_does_not_count_for_the_limit_of_open_files(
    bench: Bench, isolation: Isolation
) -> None:
    limits = Limits(open_files=6)
    assert bench.says("ulimit -n; ulimit -Hn", isolation=isolation, limits=limits) == ["6", "6"]


def test_without_a_word_no_core_is_dumped(bench: Bench) -> None:
    assert bench.says("ulimit -c") == ["0"]


def test_a_resource_limit_beyond_what_may_be_set_is_lowered_and_said(bench: Bench) -> None:
    ceiling = ceilings.limits().get("NOFILE")
    if ceiling is None:
        pytest.skip("this process may raise its limits")
    process = bench.start("/bin/sh", "-c", "ulimit -n", limits=Limits(open_files=ceiling + 1))
    bench.end(process)
    assert bench.output().split() == [str(ceiling)]
    (said,) = process.remarks
    assert said.startswith(f"limit open_files is {ceiling} and not {ceiling + 1}, as asked for: ")


def test_too_much_disk_ends_the_task(meter: Bench, tmp_path: Path) -> None:
    place = tmp_path / "task"
    (place / "deep").mkdir(parents=True)
    script = f"head -c 20000000 /dev/zero > {place}/deep/file; exec sleep 60"
    outcome = meter.shell(script, limits=Limits(disk_bytes=5 * MEGABYTE), disk=(str(place),))
    assert (outcome.signal, outcome.reason) == (9, Reason.DISK_LIMIT)
    assert re.fullmatch(r"disk limit: \d+ bytes in its directory, where 5242880 are allowed", outcome.message)


def test_a_file_that_has_no_name_any_more_counts_while_it_is_open(bench: Bench, tmp_path: Path) -> None:
    place = tmp_path / "task"
    place.mkdir()
    script = f"exec 3> {place}/file; rm {place}/file; head -c 20000000 /dev/zero >&3; exec sleep 60"
    outcome = bench.shell(script, limits=Limits(disk_bytes=5 * MEGABYTE), disk=(str(place),))
    assert outcome.reason is Reason.DISK_LIMIT


def test_too_many_files_end_the_task(meter: Bench, tmp_path: Path) -> None:
    script = f"cd {tmp_path}; i=0; while [ $i -lt 200 ]; do i=$((i+1)); : > f$i; done; exec sleep 60"
    outcome = meter.shell(script, limits=Limits(inodes=100), disk=(str(tmp_path),))
    assert outcome.reason is Reason.DISK_LIMIT
    assert "files and directories in its directory, where 100 are allowed" in outcome.message


def test_within_its_disk_a_task_is_left_alone_and_measured(meter: Bench, tmp_path: Path) -> None:
    place = tmp_path / "task"
    place.mkdir()
    limits = Limits(disk_bytes=50 * MEGABYTE, inodes=50)
    script = f"head -c 3000000 /dev/zero > {place}/one; ln {place}/one {place}/two; exec sleep 60"
    process = meter.start("/bin/sh", "-c", script, limits=limits, disk=(str(place),))
    wait_until(lambda: (meter.executor.stats(process).disk_bytes or 0) >= 3_000_000)
    assert (meter.executor.stats(process).disk_bytes or 0) < 4_000_000
    assert meter.executor.wait(process, 0) is None


def test_too_much_output_ends_the_task_wherever_it_goes(meter: Bench) -> None:
    """Both streams count together; here one is a log and the other a file."""
    logs = meter.logs()
    meter.executor.collect(logs)
    script = "head -c 600000 /dev/zero >&2; head -c 600000 /dev/zero; exec sleep 60"
    outcome = meter.shell(script, stdout=logs.fifo, limits=Limits(output_bytes=1_000_000))
    meter.executor.release(logs)
    assert outcome.reason is Reason.OUTPUT_LIMIT
    assert re.fullmatch(r"output limit: 1\d+ bytes written, where 1000000 are allowed", outcome.message)


def test_only_what_this_task_wrote_counts(meter: Bench) -> None:
    """A log goes on from one attempt to the next."""
    logs = meter.logs()
    meter.executor.collect(logs)
    for _ in range(2):
        outcome = meter.shell(
            "head -c 600000 /dev/zero; sleep 0.3", stdout=logs.fifo, limits=Limits(output_bytes=1_000_000)
        )
        assert outcome.reason is Reason.EXITED
    meter.executor.release(logs)


@pytest.mark.parametrize(
    "limits",
    [Limits(memory_bytes=0), Limits(cpus=-0.5), Limits(open_files=0), Limits(output_bytes=0)],
)
def test_a_limit_that_leaves_nothing_is_refused(bench: Bench, limits: Limits) -> None:
    with pytest.raises(RefusedError, match=r"limit \w+ = [-.0-9]+: must be more than 0"):
        bench.run("/bin/true", limits=limits)


def test_a_disk_limit_without_a_directory_is_refused(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="no directory is named"):
        bench.run("/bin/true", limits=Limits(disk_bytes=1))


@pytest.mark.usefixtures("processors")
def test_cores_are_those_given(bench: Bench, need_kernel: Callable[[str], None]) -> None:
    enforced(bench, "cores", need_kernel)
    core = str(max(os.sched_getaffinity(0)))
    found = bench.says("grep Cpus_allowed_list /proc/self/status | cut -f2", limits=Limits(cores=core))
    assert found == [core]


def test_shares_are_written_down(bench: Bench, need_kernel: Callable[[str], None]) -> None:
    enforced(bench, "cpu", need_kernel)
    process = bench.start("/bin/sleep", "60", limits=Limits(cpu_shares=512))
    files = [Path(group) / name for group in process.cgroups for name in ("cpu.shares", "cpu.weight")]
    assert {path.read_text().strip() for path in files if path.exists()} <= {"512", "20"}


def test_the_init_stays_outside_the_tasks_cgroup(bench: Bench, need_kernel: Callable[[str], None]) -> None:
    enforced(bench, "memory", need_kernel)
    process = bench.start("/bin/sleep", "60", limits=Limits(memory_bytes=48 * MEGABYTE))
    inside = {pid for group in process.cgroups for pid in (Path(group) / "cgroup.procs").read_text().split()}
    assert len(inside) == 1
    assert str(process.pid) not in inside


def test_ids_that_look_alike_in_the_name_of_a_folder_have_groups_of_their_own(bench: Bench) -> None:
    commands = (evolve(bench.command("/bin/sleep", "60"), id=name) for name in ("alike/a", "alike.a"))
    for command in commands:
        bench.started.append(bench.executor.start(command))
    assert sorted(bench.executor.processes()) == ["alike.a", "alike/a"]


def test_the_groups_of_a_launch_that_failed_go_with_whoever_was_in_them(
    bench: Bench, tmp_path: Path, need_kernel: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was to be the command may still be on its way out when the supervisor hears of its init's end."""
    bench.start("/bin/sleep", "60")
    (record,) = (bench.data_dir / "tasks").glob("*.task")
    cgroups = json.loads(record.read_bytes()[slot.SIZE :])["cgroups"]
    if not cgroups:
        need_kernel("there are no cgroups")
    left = Path(f"{next(iter(cgroups.values()))}.left")
    left.mkdir()
    monkeypatch.setenv("OSTLER_LAUNCHER", "ctypes")  # the other one hides the process that it is made in
    loop = Loop()
    backend = Backend(loop, Tasks(loop, Records(str(tmp_path)), "boot"))
    with subprocess.Popen(["/bin/sleep", "60"]) as inside:
        (left / "cgroup.procs").write_text(str(inside.pid))
        backend.discard(Task({"id": "left", "cgroups": {"pids": str(left)}}))
        assert left.exists()
        inside.kill()

    def look() -> None:
        if left.exists() and time.monotonic() < deadline:
            loop.after(0.01, look)
        else:
            loop.stop()

    deadline = time.monotonic() + PATIENCE_SECONDS
    loop.after(0.01, look)
    loop.run()
    assert not left.exists()


def test_the_groups_are_gone_with_the_task(bench: Bench) -> None:
    process = bench.start("/bin/true", limits=Limits(memory_bytes=48 * MEGABYTE))
    bench.end(process)
    assert [group for group in process.cgroups if Path(group).exists()] == []


def test_a_limit_that_nothing_holds_refuses_the_start(portable: Bench) -> None:
    with pytest.raises(RefusedError, match="limit memory = 1 is asked for and would be ignored here") as told:
        portable.run("/bin/true", limits=Limits(memory_bytes=1))
    assert "Command(best_effort=True)" in str(told.value)


def test_best_effort_starts_all_the_same(portable: Bench) -> None:
    assert portable.run("/bin/true", limits=Limits(memory_bytes=1, cores="0"), best_effort=True).code == 0


def test_shares_never_refuse(portable: Bench) -> None:
    assert portable.run("/bin/true", limits=Limits(cpu_shares=100)).code == 0


def test_a_task_has_the_usual_limit_of_open_files_and_the_supervisor_the_highest(bench: Bench) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (500, hard))
    try:
        assert bench.says("ulimit -Sn; ulimit -Hn") == ["500", str(hard)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    (supervisor,) = pids_of(f"supervisor_daemon/__main__.py {bench.data_dir}")
    limits = Path(f"/proc/{supervisor}/limits").read_text(encoding="ascii")
    assert re.search(rf"^Max open files +{hard} +{hard} ", limits, flags=re.MULTILINE)


def test_what_is_measured_holds_under_the_next_supervisor_too(bench: Bench, tmp_path: Path) -> None:
    place = tmp_path / "task"
    place.mkdir()
    logs = bench.logs()
    bench.executor.collect(logs)
    waits = f"head -c 700000 /dev/zero; until [ -e {tmp_path}/go ]; do sleep 0.02; done"
    disk = bench.start(
        *("/bin/sh", "-c", f"{waits}; head -c 9000000 /dev/zero > {place}/file; exec sleep 60"),
        limits=Limits(disk_bytes=5 * MEGABYTE),
        disk=(str(place),),
    )
    output = bench.start(
        *("/bin/sh", "-c", f"{waits}; head -c 700000 /dev/zero; exec sleep 60"),
        stdout=logs.fifo,
        limits=Limits(output_bytes=1_000_000),
    )
    wait_until(lambda: (bench.executor.stats(output).output_bytes or 0) >= 700_000)
    os.kill(bench.supervisor(), signal.SIGKILL)
    bench.executor.processes()
    (tmp_path / "go").touch()
    assert bench.end(disk).reason is Reason.DISK_LIMIT
    assert bench.end(output).reason is Reason.OUTPUT_LIMIT
    bench.executor.release(logs)
