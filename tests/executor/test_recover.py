from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from ostler.errors import RecoverableError, RefusedError
from ostler.executor import Executor, Exit, Isolation, Limits, Process, Reason
from ostler.executor.supervisor import plain_pump, slot
from ostler.executor.supervisor.logs import Logs
from ostler.executor.supervisor.loop import Loop
from ostler.executor.supervisor.meters import Meters
from ostler.executor.supervisor.records import Records
from ostler.executor.supervisor.tasks import Tasks
from tests.executor.bench import Bench, alive, kill_supervisor, pids_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ostler.executor.supervisor.roles import Backend, Reply
    from ostler.executor.supervisor.task import Task
    from tests.conftest import NeedKernel

EMBEDDER = """
import json, os, signal, sys
from ostler.executor import Command, Executor
executor = Executor(sys.argv[1])
handles = []
for number, script in enumerate(sys.argv[2:]):
    argv = ("/bin/sh", "-c", script)
    command = Command(id=f"test/embedder/{number}", argv=argv, env={"PATH": "/usr/bin:/bin"})
    handles.append(executor.start(command).to_dict())
print(json.dumps(handles), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_embedder(data_dir: Path, *scripts: str) -> list[Process]:
    """Start scripts from another process, which is then killed."""
    done = subprocess.run(
        [sys.executable, "-c", EMBEDDER, str(data_dir), *scripts],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    return [Process.from_dict(each) for each in json.loads(done.stdout)]


@pytest.fixture
def second(bench: Bench, data_dir: Path) -> Iterator[Bench]:
    other = Bench(data_dir, bench.folder)
    yield other
    other.clear()


def test_tasks_outlive_a_killed_embedder_and_none_of_their_ends_is_lost(bench: Bench, data_dir: Path) -> None:
    bench.started = killed_embedder(data_dir, "exit 3", "sleep 1; exit 4")
    assert [bench.executor.recover(process) for process in bench.started] == [True, True]
    assert [bench.end(process) for process in bench.started] == [Exit(code=3), Exit(code=4)]


def test_a_task_is_found_by_its_id_where_its_handle_was_never_kept(bench: Bench, data_dir: Path) -> None:
    kept = killed_embedder(data_dir, "exit 3", "sleep 0.4; exit 4")
    found = [bench.executor.find(name) for name in sorted(bench.executor.processes())]
    bench.started = [each for each in found if each is not None]
    assert [(each.id, each.pid, each.start_time, each.boot_id) for each in bench.started] == [
        (each.id, each.pid, each.start_time, each.boot_id) for each in kept
    ]
    assert [bench.end(each) for each in bench.started] == [Exit(code=3), Exit(code=4)]
    assert bench.executor.find("test/embedder/2") is None


def test_an_end_is_known_after_the_supervisor_has_left(bench: Bench, data_dir: Path) -> None:
    bench.started = killed_embedder(data_dir, "exit 3")
    wait_until(lambda: b'"exit"' in b"".join(p.read_bytes() for p in (data_dir / "tasks").glob("*.task")))
    kill_supervisor(data_dir)
    assert bench.end(bench.started[0]) == Exit(code=3)


def test_a_recovered_end_is_called_back(bench: Bench, data_dir: Path) -> None:
    bench.started = killed_embedder(data_dir, "exit 3")
    heard: list[int] = []
    bench.executor.on_end(lambda _, outcome: heard.append(outcome.code))
    bench.executor.recover(bench.started[0])
    bench.end(bench.started[0])
    bench.executor.processes()  # answered by the thread that calls back, so afterwards
    assert heard == [3]


def test_a_task_outlives_its_supervisor_and_its_end_is_still_told(bench: Bench, data_dir: Path) -> None:
    process = bench.start("/bin/sh", "-c", "sleep 1; exit 6")
    kill_supervisor(data_dir)
    assert bench.end(process) == Exit(code=6)


def test_an_isolated_task_outlives_its_supervisor_too(
    bench: Bench, isolation: Isolation, data_dir: Path
) -> None:
    process = bench.start("/bin/sh", "-c", "sleep 1; exit 6", isolation=isolation)
    kill_supervisor(data_dir)
    assert bench.end(process) == Exit(code=6)


def test_a_task_that_ended_without_a_supervisor_is_known(bench: Bench, data_dir: Path) -> None:
    process = bench.start("/bin/sh", "-c", "sleep 0.3; exit 6")
    bench.executor.close()
    kill_supervisor(data_dir)
    time.sleep(0.6)
    bench.executor = Executor(data_dir)
    assert bench.end(process) == Exit(code=6)


def test_which_process_it_was_is_known_of_a_task_that_ended_with_its_supervisor(
    bench: Bench, second: Bench, data_dir: Path
) -> None:
    process = bench.start("/bin/true")
    bench.end(process)
    kill_supervisor(data_dir)
    found = second.executor._session.insist("watch", id=process.id)["ok"]["process"]  # noqa: SLF001
    assert (found["pid"], found["start_time"]) == (process.pid, process.start_time)


def test_a_task_whose_init_is_killed_is_lost_and_gone(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "71.234")
    os.kill(process.pid, signal.SIGKILL)
    outcome = bench.end(process)
    assert outcome.reason is Reason.LOST
    assert str(process.pid) in outcome.message
    wait_until(lambda: pids_of("71.234") == [])


def test_a_process_without_a_trace_is_lost(bench: Bench) -> None:
    unknown = Process(id="test/never/was", pid=1, boot_id="", start_time=1, directory="")
    assert not bench.executor.recover(unknown)
    outcome = bench.executor.wait(unknown, 1)
    assert outcome is not None
    assert outcome.reason is Reason.LOST


def test_a_reboot_loses_what_ran(bench: Bench, data_dir: Path) -> None:
    bench.executor.processes()
    bench.executor.close()
    kill_supervisor(data_dir)
    record = {"id": "test/old/1", "key": "old", "state": "running", "boot_id": "another", "deadline": None}
    plain = {**record, "process": {"pid": os.getpid(), "start_time": 1}, "cgroups": {}, "watch": {}}
    (data_dir / "tasks" / "old.json").write_text(json.dumps(plain))
    bench.executor = Executor(data_dir)
    process = Process(id="test/old/1", pid=os.getpid(), boot_id="another", start_time=1, directory="")
    bench.started.append(process)
    assert bench.end(process).reason is Reason.LOST
    assert "restarted" in bench.end(process).message


def test_an_end_that_was_written_down_outlasts_a_reboot(bench: Bench, data_dir: Path) -> None:
    go = bench.folder / "go"
    process = bench.start("/bin/sh", "-c", f"until [ -e {go} ]; do sleep 0.01; done; exit 3")
    bench.executor.close()
    kill_supervisor(data_dir)
    go.touch()
    wait_until(lambda: not alive(process.pid))
    (record,) = (data_dir / "tasks").glob("*.task")
    with record.open("a") as lines:
        lines.write(f"\n{json.dumps({'boot_id': 'another'})}")
    bench.executor = Executor(data_dir)
    assert bench.end(process) == Exit(code=3)


def test_two_embedders_share_one_supervisor(bench: Bench, second: Bench, data_dir: Path) -> None:
    process = bench.start("/bin/sh", "-c", "sleep 0.2; exit 3")
    assert second.executor.recover(process)
    assert second.end(process) == bench.end(process) == Exit(code=3)
    assert (
        len([pid for pid in pids_of("supervisor_daemon/__main__.py") if pid in pids_of(str(data_dir))]) == 1
    )


def test_closing_leaves_tasks_running(bench: Bench, second: Bench) -> None:
    process = bench.start("/bin/sleep", "60")
    bench.executor.close()
    assert second.executor.wait(process, 0.1) is None
    second.executor.stop(process, grace_seconds=1)
    second.executor.forget(process)
    bench.started.clear()


def test_a_forgotten_end_leaves_no_trace(bench: Bench, data_dir: Path) -> None:
    process = bench.start("/bin/true")
    bench.end(process)
    bench.executor.forget(process)
    assert list((data_dir / "tasks").iterdir()) == []
    assert not bench.executor.recover(process)


def test_a_record_that_was_never_finished_is_removed(bench: Bench, data_dir: Path) -> None:
    bench.executor.processes()
    bench.executor.close()
    kill_supervisor(data_dir)
    (data_dir / "tasks" / "half.task").write_bytes(bytes(slot.SIZE) + b'{"id": "ha')
    bench.executor = Executor(data_dir)
    assert bench.executor.processes() == []
    assert list((data_dir / "tasks").iterdir()) == []


def test_what_only_its_own_process_wrote_down_is_enough_to_find_a_task(bench: Bench, data_dir: Path) -> None:
    """The record on disk is as old as the request: a supervisor may die before it hears of the start."""
    process = bench.start("/bin/sh", "-c", "sleep 1; exit 6")
    (record,) = (data_dir / "tasks").glob("*.task")
    assert json.loads(record.read_bytes()[slot.SIZE :]).get("process") is None
    kill_supervisor(data_dir)
    assert bench.end(process) == Exit(code=6)


def test_a_process_that_only_has_the_number_of_a_lost_one_is_left_alone(bench: Bench, data_dir: Path) -> None:
    process = bench.start("/bin/sleep", "60")
    bench.executor.close()
    kill_supervisor(data_dir)
    os.kill(process.pid, signal.SIGKILL)
    (path,) = (data_dir / "tasks").glob("*.task")
    with subprocess.Popen(["/bin/sleep", "60"]) as other:
        handle = slot.Handle(pid=other.pid, inode=1, start_time=1, flags=slot.BEGUN)
        with path.open("r+b") as record:
            slot.write_handle(record.fileno(), handle)
        bench.executor = Executor(data_dir)
        assert bench.end(process).reason is Reason.LOST
        assert other.poll() is None
        other.kill()


def test_stopping_a_task_that_is_being_started_ends_it(bench: Bench) -> None:
    command = bench.command("/bin/sleep", "60")
    process = Process(id=command.id, pid=0, boot_id="", start_time=0, directory=str(bench.data_dir))
    starting = threading.Thread(target=bench.executor.start, args=(command,))
    starting.start()
    wait_until(lambda: command.id in bench.executor.processes())
    bench.executor.stop(process, grace_seconds=5)
    starting.join()
    bench.started.append(process)
    assert bench.end(process).reason is Reason.STOPPED


def test_on_a_full_disk_tasks_are_refused_ended_and_told_of_all_the_same(
    data_dir: Path, tmp_path: Path, launcher: str, need_kernel: NeedKernel
) -> None:
    """Also where the supervisor can't write a line, not even to complain."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(data_dir)]
    data_dir.mkdir(mode=0o700, exist_ok=True)
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        need_kernel("no file system can be mounted")
    bench = Bench(data_dir, tmp_path)
    ballast = data_dir / "ballast"
    try:
        limits = Limits(timeout_seconds=1)
        # So long a record leaves no room for what is added to it.
        ends, expires = (
            bench.start("/bin/sh", "-c", script, limits=limits, env={"LONG": "x" * 4200})
            for script in ("sleep 0.5; exit 3", "exec sleep 60")
        )
        before = bench.supervisor()
        with suppress(OSError), ballast.open("wb", buffering=0) as filled:
            while filled.write(bytes(4096)):
                pass
        for path in (data_dir / "tasks").glob("*.task"):
            with suppress(OSError), path.open("ab", buffering=0) as filled:
                while filled.write(b"\n" * 64):
                    pass
        with pytest.raises(RecoverableError, match=r"/tasks/\w+\.task: No space left"):
            bench.start("/bin/true", env={"LONG": "x" * 8000})
        assert bench.end(ends) == Exit(code=3)
        assert bench.end(expires).reason is Reason.TIMEOUT
        assert bench.supervisor() == before
        assert sorted(bench.executor.processes()) == sorted([ends.id, expires.id])
        ballast.unlink()
        assert bench.shell("exit 4").code == 4  # and what could not be written is written now
        bench.executor.close()
        kill_supervisor(data_dir)
        bench.executor = Executor(data_dir)
        assert bench.executor.recover(expires)
        assert bench.end(expires).reason is Reason.TIMEOUT
        (data_dir / "supervisor.log").write_text("")
        bench.clear()
        kill_supervisor(data_dir)
    finally:
        subprocess.run(["umount", str(data_dir)], check=True)


def test_a_command_that_failed_to_begin_while_there_was_no_supervisor_is_told_of_as_such(
    bench: Bench, data_dir: Path, tmp_path: Path
) -> None:
    process = bench.start("/bin/sh", "-c", f"while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; exit 127")
    bench.executor.close()
    kill_supervisor(data_dir)
    (record,) = (data_dir / "tasks").glob("*.task")
    bench.executor = Executor(data_dir)
    assert bench.executor.recover(process)
    with record.open("r+b") as opened:
        slot.take_back(opened.fileno())
    (tmp_path / "go").touch()
    outcome = bench.end(process)
    assert (outcome.code, outcome.reason) == (125, Reason.DRIVER_ERROR)
    assert "could not be executed" in outcome.message


def test_a_command_that_fails_to_begin_takes_back_that_it_may_have_run(
    bench: Bench, data_dir: Path, tmp_path: Path
) -> None:
    """Its record is read while the supervisor, which would remove it, is held up."""
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF, or so it says")
    program.chmod(0o755)
    bench.executor.processes()
    supervisor, tasks = bench.supervisor(), data_dir / "tasks"
    seen = 0

    def taken_back() -> bool:
        return not any(each is not None and each.begun for each in handles(tasks))

    while not seen:  # it may be held up before there is anything to see
        starting = threading.Thread(
            target=pytest.raises,
            args=(RefusedError, bench.executor.start, bench.command(str(program))),
        )
        starting.start()
        while starting.is_alive() and not list(tasks.glob("*.task")):
            time.sleep(0)
        os.kill(supervisor, signal.SIGSTOP)
        time.sleep(0.1)  # for the launch, which goes on
        try:
            wait_until(taken_back)
            seen += any(handles(tasks))
        finally:
            os.kill(supervisor, signal.SIGCONT)
        starting.join()


def handles(tasks: Path) -> list[slot.Handle | None]:
    return [slot.read(str(path))[0] for path in tasks.glob("*.task")]


def test_a_forgotten_task_is_known_until_its_cgroups_are_gone(tmp_path: Path) -> None:
    """Else nobody would find them after a supervisor that is killed meanwhile."""
    loop = Loop()
    records = Records(str(tmp_path))
    tasks = Tasks(loop, records, "boot")
    cleaned: list[Callable[[], None]] = []

    def launch(task: Task, _order: object, done: Reply) -> None:
        tasks.started(task, {"pid": 1})
        done({})

    def clean(_: Task, done: Callable[[], None]) -> None:
        cleaned.append(done)

    tasks.load(cast("Backend", SimpleNamespace(launch=launch, clean=clean, oom_kills=lambda _: 0)))
    tasks.meters = Meters(loop, tasks, Logs(loop, plain_pump, lambda: None))
    order = {"namespaces": ["pid"], "build": [], "cgroups": {"unified": "/sys/fs/cgroup/x"}}
    task = tasks.start("a", order, lambda _: None)
    assert task is not None
    answers: list[object] = []
    tasks.ended(task, 0)
    tasks.forget(task, answers.append)
    assert (task.ended, answers, [each["id"] for each in records.load()]) == (True, [], ["a"])
    cleaned[0]()
    assert (answers, records.load()) == ([{}], [])
