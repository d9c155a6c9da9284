from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler.errors import RecoverableError, RefusedError
from ostler.executor import Exit, Isolation, Process, Reason
from ostler.executor.linux.backend import Backend
from ostler.executor.supervisor.loop import Loop
from ostler.executor.supervisor.records import Records
from ostler.executor.supervisor.task import Task
from ostler.executor.supervisor.tasks import Tasks
from tests.executor.bench import PATIENCE_SECONDS, alive, pids_of, wait_until

if TYPE_CHECKING:
    from tests.conftest import NeedKernel
    from tests.executor.bench import Bench

DEAF = "trap '' INT TERM; echo up; while :; do sleep 0.05; done"
# A child that leaves the session and whose parent is gone, with a number to know it by.
STRAY = "(setsid sh -c 'sleep {0} & sleep {0}' &) ; echo up; sleep {0}"


def test_a_polite_task_stops_at_the_first_signal(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", "trap 'exit 4' INT; echo up; while :; do sleep 0.01; done")
    wait_until(bench.output)
    bench.executor.stop(process, grace_seconds=20)
    outcome = bench.end(process)
    assert (outcome.code, outcome.reason) == (4, Reason.STOPPED)


def test_the_signal_can_be_chosen(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "60")
    bench.executor.stop(process, grace_seconds=20, signal="SIGUSR1")
    assert bench.end(process).signal == 10


def test_a_deaf_task_is_killed_after_the_grace(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", DEAF)
    wait_until(bench.output)
    begin = time.monotonic()
    bench.executor.stop(process, grace_seconds=0.3)
    assert time.monotonic() - begin >= 0.3
    assert (bench.end(process).signal, bench.end(process).reason) == (9, Reason.STOPPED)


def test_without_grace_the_kill_comes_at_once(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", DEAF)
    bench.executor.stop(process, grace_seconds=0)
    assert bench.end(process).signal == 9


def stopped_and_held(bench: Bench, need_kernel: NeedKernel) -> tuple[Process, Path]:
    """Stop a task one of whose cgroups can't be removed as long as another is in it; give both."""
    process = bench.start("/bin/sleep", "60")
    if not process.cgroups:
        need_kernel(bench.executor.host().reason)
    held = Path(process.cgroups[-1], "held")
    held.mkdir()
    bench.executor.stop(process, grace_seconds=0)
    return process, held


def test_a_cgroup_that_is_held_up_is_removed_later(bench: Bench, need_kernel: NeedKernel) -> None:
    process, held = stopped_and_held(bench, need_kernel)
    held.rmdir()
    wait_until(lambda: not any(Path(each).exists() for each in process.cgroups))


def test_a_cgroup_that_is_removed_late_is_not_taken_from_the_next_task_of_its_id(
    bench: Bench, need_kernel: NeedKernel
) -> None:
    process, held = stopped_and_held(bench, need_kernel)
    bench.executor.forget(process)
    held.rmdir()
    command = evolve(bench.command("/bin/sh", "-c", "sleep 0.4; exit 3"), id=process.id)
    assert bench.end(bench.executor.start(command)) == Exit(code=3)


def test_nobody_is_held_up_by_a_cgroup_that_does_not_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "group" / "held"
    held.mkdir(parents=True)
    monkeypatch.setenv("OSTLER_LAUNCHER", "ctypes")  # the other one hides the process that it is made in
    loop, told = Loop(), list[bool]()
    tasks = Tasks(loop, Records(str(tmp_path)), "boot")
    backend = Backend(loop, tasks)

    def look() -> None:
        loop.after(0.01, look) if tasks.running else loop.stop()

    def done() -> None:
        told.append(held.is_dir())
        loop.after(0.05, held.rmdir)
        look()

    backend.clean(Task({"id": "a", "cgroups": {"pids": str(held.parent)}}), done)
    assert told == []  # it is tried again between other things,
    loop.run()
    assert told == [True]  # and not waited for in the end,
    assert not held.parent.exists()  # but for the supervisor to leave


def test_a_cgroup_of_a_failed_launch_that_is_held_up_is_removed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "group" / "held"
    held.mkdir(parents=True)
    monkeypatch.setenv("OSTLER_LAUNCHER", "ctypes")
    loop = Loop()
    tasks = Tasks(loop, Records(str(tmp_path)), "boot")
    Backend(loop, tasks).discard(Task({"id": "a", "cgroups": {"pids": str(held.parent)}}))
    deadline = time.monotonic() + PATIENCE_SECONDS

    def free() -> None:
        held.rmdir() if tasks.running else loop.after(0.01, free)

    def look() -> None:
        going_on = held.parent.exists() and time.monotonic() < deadline
        loop.after(0.01, look) if going_on else loop.stop()

    free()
    look()
    loop.run()
    assert not held.parent.exists()
    assert tasks.running == 0


def test_stopping_twice_succeeds(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "60")
    bench.executor.stop(process, grace_seconds=1)
    bench.executor.stop(process, grace_seconds=1)


def test_stopping_an_ended_task_changes_nothing(bench: Bench) -> None:
    process = bench.start("/bin/true")
    before = bench.end(process)
    bench.executor.stop(process, grace_seconds=1)
    assert bench.end(process) == before


def test_children_that_left_the_session_die_too(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", STRAY.format(61.234))
    wait_until(lambda: len(pids_of("61.234")) >= 3)
    bench.executor.stop(process, grace_seconds=0)
    assert pids_of("61.234") == []


def test_isolated_children_that_left_the_session_die_too(bench: Bench, isolation: Isolation) -> None:
    process = bench.start("/bin/sh", "-c", STRAY.format(62.345), isolation=isolation)
    wait_until(lambda: len(pids_of("62.345")) >= 3)
    bench.executor.stop(process, grace_seconds=0)
    assert pids_of("62.345") == []


def test_children_die_when_the_main_process_ends_by_itself(bench: Bench) -> None:
    assert bench.shell("(setsid sleep 63.456 &) ; sleep 0.1; exit 3").code == 3
    assert pids_of("sleep 63.456") == []


def test_forgetting_kills_what_runs(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "64.567")
    bench.executor.forget(process)
    assert pids_of("64.567") == []
    assert bench.executor.processes() == []


def test_a_signal_is_known_by_name_and_number(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", "trap 'echo heard' USR1; echo up; while :; do sleep 0.01; done")
    wait_until(bench.output)

    def heard(count: int) -> bool:
        return bench.output().count("heard") == count

    for count, name in enumerate(("SIGUSR1", "usr1", str(int(signal.SIGUSR1))), 1):
        bench.executor.signal(process, name)
        wait_until(partial(heard, count))
    with pytest.raises(RefusedError, match="signal 'HUGO' is not known here"):
        bench.executor.stop(process, grace_seconds=1, signal="HUGO")
    assert bench.executor.wait(process, 0) is None
    bench.executor.stop(process, grace_seconds=0)
    bench.executor.signal(process, "USR1")


def test_a_task_that_was_stopped_by_a_signal_hears_the_polite_one(bench: Bench, isolation: Isolation) -> None:
    for apart in (Isolation(), isolation):
        process = bench.start(
            "/bin/sh", "-c", "trap 'exit 4' INT; echo up; while :; do sleep 0.01; done", isolation=apart
        )
        wait_until(bench.output)
        bench.executor.signal(process, "STOP")
        begin = time.monotonic()
        bench.executor.stop(process, grace_seconds=20)
        assert (bench.end(process).code, time.monotonic() - begin < 20) == (4, True)


def test_a_frozen_task_can_be_stopped(bench: Bench, isolation: Isolation) -> None:
    for apart in (Isolation(), isolation):
        process = bench.start("/bin/sleep", "60", isolation=apart)
        freeze(process.cgroups)
        bench.executor.stop(process, grace_seconds=0)
        assert bench.end(process).signal == 9


def freeze(cgroups: tuple[str, ...], name: str = "") -> str:
    """Freeze a group of a task's, or a new one below it, and give its path; skip where there is none."""
    for path in (Path(each, name) for each in cgroups):
        for file, word in (("freezer.state", "FROZEN"), ("cgroup.freeze", "1")):
            if (path.parent / file if name else path / file).exists():
                path.mkdir(exist_ok=True)
                (path / file).write_text(word)
                return str(path)
    pytest.skip("no cgroup that freezes")


def test_a_kill_that_the_kernel_holds_up_returns_and_can_be_tried_again(bench: Bench) -> None:
    """A group of its own below the task's keeps what is in it frozen, as a device would in state D."""
    seconds = f"65.{os.getpid()}"
    process = bench.start("/bin/sleep", seconds)
    held = freeze(process.cgroups, "held")
    if not held.startswith("/sys/fs/cgroup/freezer"):
        os.rmdir(held)
        pytest.skip("only version 1 keeps the frozen from dying")
    main = pids_of(f"sleep {seconds}")[0]
    Path(held, "cgroup.procs").write_text(str(main))
    wait_until(lambda: ") D " in Path(f"/proc/{main}/stat").read_text())
    begin = time.monotonic()
    words = rf"it was killed, and does not end: process {main} is in state D"
    try:
        with pytest.raises(RecoverableError, match=words):
            bench.executor.stop(process, grace_seconds=0)
        assert time.monotonic() - begin < 15
    finally:
        Path(held, "freezer.state").write_text("THAWED")
    bench.executor.stop(process, grace_seconds=0)
    assert not alive(main)
    with suppress(FileNotFoundError):
        os.rmdir(held)
        os.rmdir(os.path.dirname(held))


@pytest.mark.parametrize("apart", [False, True])
def test_an_init_that_does_not_do_its_work_is_killed_with_the_rest(
    bench: Bench, request: pytest.FixtureRequest, *, apart: bool
) -> None:
    isolation = request.getfixturevalue("isolation") if apart else Isolation()
    process = bench.start("/bin/sh", "-c", STRAY.format(66.789), isolation=isolation)
    wait_until(lambda: len(pids_of("66.789")) >= 3)
    os.kill(process.pid, signal.SIGSTOP)
    bench.executor.stop(process, grace_seconds=0)
    assert pids_of("66.789") == []
    assert bench.end(process).reason is Reason.STOPPED


def test_a_task_can_be_stopped_while_it_starts(bench: Bench) -> None:
    """Whoever knows only its id may: the stop waits for the start, or comes too early and finds nothing."""
    for delay in (0.0002 * number for number in range(30)):
        command = bench.command("/bin/sleep", "67.89")
        unknown = Process(id=command.id, pid=0, boot_id="", start_time=0, directory=str(bench.data_dir))
        starting = threading.Thread(target=bench.executor.start, args=[command])
        starting.start()
        time.sleep(delay)
        bench.executor.stop(unknown, grace_seconds=0)
        starting.join()
        bench.executor.stop(unknown, grace_seconds=0)
        assert bench.end(unknown).reason is Reason.STOPPED
        bench.executor.forget(unknown)
    assert pids_of("sleep 67.89") == []


def test_many_stops_at_once_succeed(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", DEAF)
    wait_until(bench.output)
    failures: list[Exception] = []

    def stop(grace_seconds: float) -> None:
        try:
            bench.executor.stop(process, grace_seconds=grace_seconds)
        except Exception as error:  # noqa: BLE001 - shown where the test compares
            failures.append(error)

    threads = [threading.Thread(target=stop, args=[seconds]) for seconds in (20, 0.2, 0.1, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert bench.end(process).signal == 9


def test_children_that_left_their_group_die_with_a_plain_task_too(portable: Bench) -> None:
    process = portable.start("/bin/sh", "-c", "setsid sleep 68.91 & echo up; exec sleep 68.91")
    wait_until(lambda: len(pids_of("sleep 68.91")) == 2)
    portable.executor.stop(process, grace_seconds=0)
    wait_until(lambda: pids_of("sleep 68.91") == [])  # killed by now; nobody waits for one that left
