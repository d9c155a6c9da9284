"""Supervisors that are lost at bad moments: every end is told all the same, and none is invented."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from ostler.errors import RecoverableError, RefusedError
from ostler.executor import Executor, Exit, Reason
from ostler.executor.connection import session
from ostler.executor.connection.ends import Ends
from ostler.executor.connection.link import introduce
from ostler.executor.supervisor import slot
from tests.executor.bench import kill_supervisor, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ostler.executor import Isolation
    from tests.executor.bench import Bench

UNKNOWN = Exit(code=125, reason=Reason.LOST, message="nobody knows of it")


class Staged(Executor):
    """An executor to which something happens before it asks for a start, or after it asked what is known."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.before_start: list[Callable[[], object]] = []
        self.after_watch: list[Callable[[], object]] = []
        self.mended = 0

    def _launch(self, name: str, fields: dict[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        if self.before_start:
            self.before_start.pop()()
        return super()._launch(name, fields, descriptors)

    def _watch(self, name: str) -> dict[str, Any] | None:
        known = super()._watch(name)
        if self.after_watch:
            self.after_watch.pop()()
        return known

    def _mend(self) -> None:
        super()._mend()
        self.mended += 1


@pytest.fixture
def staged(bench: Bench, data_dir: Path) -> Staged:
    bench.executor.close()
    bench.executor = executor = Staged(data_dir)
    return executor


@pytest.fixture
def second(data_dir: Path) -> Iterator[Executor]:
    executor = Executor(data_dir)
    yield executor
    executor.close()


def waiting(bench: Bench, code: int) -> tuple[str, ...]:
    """Give a command that ends once ``go`` is there."""
    return ("/bin/sh", "-c", f"until [ -e {bench.folder}/go ]; do sleep 0.01; done; exit {code}")


def test_a_supervisor_that_is_lost_while_it_is_asked_for_ends_costs_none(
    bench: Bench, staged: Staged, data_dir: Path
) -> None:
    """What it was asked for the next one was not, though another question has reached that one already."""
    first, last = (bench.start(*waiting(bench, code)) for code in (3, 4))
    staged.after_watch.append(lambda: kill_supervisor(data_dir))
    kill_supervisor(data_dir)
    wait_until(lambda: staged.mended)
    (bench.folder / "go").touch()
    assert [bench.end(each) for each in (first, last)] == [Exit(code=3), Exit(code=4)]


def test_however_many_supervisors_are_lost_one_after_the_other_no_end_is(
    bench: Bench, staged: Staged, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answered before it was lost; only those that can't be reached make an embedder give up."""
    monkeypatch.setattr(session, "_ATTEMPTS", 2)
    process = bench.start(*waiting(bench, 3))
    staged.after_watch += [lambda: kill_supervisor(data_dir)] * 3
    kill_supervisor(data_dir)
    wait_until(lambda: not staged.after_watch)
    (bench.folder / "go").touch()
    assert bench.end(process) == Exit(code=3)


def test_what_is_about_to_be_asked_for_when_a_supervisor_is_lost_is_not_lost(
    bench: Bench, staged: Staged, data_dir: Path
) -> None:
    def lose() -> None:
        kill_supervisor(data_dir)
        wait_until(lambda: staged.mended)

    staged.processes()
    heard: list[Exit] = []
    staged.on_end(lambda _, outcome: heard.append(outcome))
    staged.before_start.append(lose)
    assert bench.shell("exit 3") == Exit(code=3)
    assert heard == [Exit(code=3)]


def test_a_start_that_was_lost_with_its_supervisor_may_be_tried_again_and_has_no_end(
    bench: Bench, staged: Staged, data_dir: Path
) -> None:
    def lose() -> None:
        os.kill(bench.supervisor(), signal.SIGSTOP)
        threading.Timer(0.2, kill_supervisor, (data_dir,)).start()

    staged.processes()
    heard: list[str] = []
    staged.on_end(lambda name, _: heard.append(name))
    command = bench.command("/bin/sh", "-c", "exit 3")
    staged.before_start.append(lose)
    with pytest.raises(RecoverableError, match="is gone"):
        staged.start(command)
    wait_until(lambda: staged.mended)
    assert heard == []
    bench.started.append(staged.start(command))
    assert bench.end(bench.started[-1]) == Exit(code=3)


def test_who_could_not_ask_at_first_is_told_once_he_can(
    bench: Bench, second: Executor, data_dir: Path
) -> None:
    process = bench.start("/bin/sh", "-c", "exit 3")
    data_dir.chmod(0o707)
    with pytest.raises(RefusedError, match="everybody may write"):
        second.wait(process)
    data_dir.chmod(0o700)
    assert second.wait(process, 10) == Exit(code=3)


def test_whoever_waits_for_what_turns_out_to_be_unknown_is_told_so() -> None:
    ends = Ends(unknown=UNKNOWN)
    ends.expect("a")
    told: list[Exit | None] = []
    other = threading.Thread(target=lambda: told.append(ends.wait("a", 10)))
    other.start()
    time.sleep(0.05)  # it finds the same a little later
    ends.deny("a")
    other.join()
    assert told == [UNKNOWN]
    assert ends.wait("a", None) == UNKNOWN


def test_an_error_that_nobody_foresaw_keeps_no_end_from_being_asked_for(
    bench: Bench, staged: Staged, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble() -> None:
        msg = "stumbled"
        raise ValueError(msg)

    process = bench.start(*waiting(bench, 3))
    staged.after_watch.append(stumble)
    kill_supervisor(data_dir)
    wait_until(lambda: staged.mended)
    (bench.folder / "go").touch()
    assert bench.end(process) == Exit(code=3)
    assert "stumbled" in caplog.text


def test_an_embedder_that_can_open_no_file_for_a_while_is_told_of_the_end_later(bench: Bench) -> None:
    process, supervisor = bench.start(*waiting(bench, 3)), bench.supervisor()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        os.kill(supervisor, signal.SIGKILL)
        with pytest.raises(RecoverableError, match="Too many open files"):
            introduce(str(bench.data_dir), "linux")
        time.sleep(0.2)  # for the thread that lost it to find the same
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    (bench.folder / "go").touch()
    assert bench.end(process) == Exit(code=3)


def test_a_start_that_fails_has_no_end(bench: Bench) -> None:
    heard: list[str] = []
    bench.executor.on_end(lambda name, _: heard.append(name))
    with pytest.raises(RefusedError):
        bench.start("/bin/true", cwd="/nowhere")
    bench.executor.processes()  # answered by the thread that calls back, so afterwards
    assert heard == []


def test_a_supervisor_that_may_open_too_few_files_for_its_tasks_says_so_and_loses_none(
    bench: Bench, data_dir: Path
) -> None:
    many = [bench.start("/bin/sleep", "60") for _ in range(16)]
    bench.executor.close()
    kill_supervisor(data_dir)
    script = "import sys; from ostler.executor import Executor; Executor(sys.argv[1]).processes()"
    command = ["sh", "-c", 'ulimit -n 20; exec "$@"', "sh", sys.executable, "-c", script, str(data_dir)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert "can't be reached; the last line of" in done.stderr
    assert "Too many open files" in done.stderr
    (data_dir / "supervisor.log").write_text("")
    bench.executor = Executor(data_dir)
    assert [bench.executor.wait(each, 0) for each in many] == [None] * len(many)


def test_who_waits_is_woken_when_the_executor_is_closed(bench: Bench, second: Executor) -> None:
    process = bench.start("/bin/sleep", "60")
    assert second.recover(process)
    closing = threading.Timer(0.1, second.close)
    closing.start()
    with pytest.raises(RecoverableError, match="is closed"):
        second.wait(process)
    closing.join()


@pytest.mark.parametrize("kind", ["bench", "portable"])
def test_a_record_to_which_nothing_can_be_added_costs_no_task(
    kind: str, request: pytest.FixtureRequest, data_dir: Path
) -> None:
    """It has just as many bytes as its supervisor may write to a file."""
    bench: Bench = request.getfixturevalue(kind)
    first = bench.start(*waiting(bench, 3))
    (record,) = (data_dir / "tasks").glob("*.task")
    size = slot.SIZE + len(record.read_bytes()[slot.SIZE :].split(b"\n")[0])
    supervisor = bench.supervisor()
    before = resource.prlimit(supervisor, resource.RLIMIT_FSIZE)
    resource.prlimit(supervisor, resource.RLIMIT_FSIZE, (size, before[1]))
    other = bench.start(*waiting(bench, 4))
    (bench.folder / "go").touch()
    assert [bench.end(each) for each in (first, other)] == [Exit(code=3), Exit(code=4)]
    assert bench.supervisor() == supervisor
    resource.prlimit(supervisor, resource.RLIMIT_FSIZE, before)
    assert "waits: File too large" in bench.complaints()
    (data_dir / "supervisor.log").write_text("")


@pytest.mark.parametrize("launcher", ["ctypes"], indirect=True)
def test_a_launch_under_way_is_waited_for_by_the_next_supervisor(
    bench: Bench, isolation: Isolation, data_dir: Path
) -> None:
    """Else it would be given up, and its command run all the same."""
    script = ("/bin/sh", "-c", "exit 3")
    bench.executor.processes()
    supervisor, init = bench.supervisor(), 0
    while not init:  # some are too quick
        starting = threading.Thread(target=bench.start, args=script, kwargs={"isolation": isolation})
        starting.start()
        init = caught(data_dir / "tasks", starting)
        if init:
            os.kill(supervisor, signal.SIGKILL)
            starting.join(0.5)
            assert starting.is_alive()
            os.kill(init, signal.SIGCONT)
        starting.join()
        assert bench.end(bench.started[-1]) == Exit(code=3)


def caught(tasks: Path, starting: threading.Thread) -> int:
    """Stop a launch in its midst, and give the process that it is; 0 where it was too quick."""
    while starting.is_alive():
        for path in tasks.glob("*.task"):
            handle, _ = slot.read(str(path))
            if handle is None or handle.begun:
                continue
            os.kill(handle.pid, signal.SIGSTOP)
            wait_until(partial(is_stopped, handle.pid))
            handle, _ = slot.read(str(path))
            assert handle is not None
            if not handle.begun:
                return handle.pid
            os.kill(handle.pid, signal.SIGCONT)
    return 0


def is_stopped(pid: int) -> bool:
    return ") T " in Path(f"/proc/{pid}/stat").read_text()


def test_who_waits_for_what_somebody_forgets_is_woken() -> None:
    """The supervisor that was told to forget may have been lost before it told the end."""
    unknown = Exit(code=125, reason="lost")
    ends = Ends(unknown)
    ends.expect("a")
    told: list[Exit | None] = []
    thread = threading.Thread(target=lambda: told.append(ends.wait("a", 10)))
    thread.start()
    wait_until(lambda: "a" in ends._waiting)  # noqa: SLF001
    ends.forget("a")
    thread.join()
    assert told == [unknown]


def test_the_end_of_an_earlier_task_is_not_that_of_a_later_one_with_its_id(
    bench: Bench, second: Executor
) -> None:
    """The earlier one was forgotten by another embedder, and this one did not hear of that."""
    command = bench.command("/bin/sh", "-c", "exit 3")
    assert bench.end(bench.executor.start(command)) == Exit(code=3)
    with pytest.raises(RefusedError, match="already started"):
        bench.executor.start(command)
    process = bench.executor.start(evolve(command, id="another"))
    bench.started.append(process)
    assert bench.executor.wait(evolve(process, id=command.id), 0) == Exit(code=3)
    second.forget(evolve(process, id=command.id))
    again = bench.executor.start(evolve(command, argv=("/bin/sh", "-c", "exit 4")))
    bench.started.append(again)
    assert bench.end(again) == Exit(code=4)
