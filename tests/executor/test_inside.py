"""Commands that are run inside a running task."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ostler.errors import RefusedError
from ostler.executor import Executor, Isolation, Limits, Reason, Terminal
from ostler.executor.linux import syscalls
from tests.executor.bench import alive, kill_supervisor, pids_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ostler.executor import Exit, Process
    from tests.executor.bench import Bench

IDENTITY = """
id -u; id -g; id -G; echo $MARK; pwd; hostname; umask
sed -n 's/^Cap[A-Z][a-z]*\\|^NoNewPrivs\\|^Seccomp:/&/p' /proc/self/status
for each in mnt pid ipc uts user net; do readlink /proc/self/ns/$each; done
cat /proc/self/cgroup /proc/self/oom_score_adj; ulimit -a
"""
EMBEDDER = """
import sys, time
from ostler.executor import Executor, Process
executor = Executor(sys.argv[1])
process = Process(id=sys.argv[2], pid=0, boot_id="", start_time=0, directory=sys.argv[1])
executor.execute(process, ["sleep", sys.argv[3]])
print(flush=True)
time.sleep(60)
"""


@pytest.fixture(params=["isolated", "plain", "portable"])
def task(request: pytest.FixtureRequest) -> tuple[Bench, Process]:
    """Start a task of each kind that sleeps."""
    bench: Bench = request.getfixturevalue("portable" if request.param == "portable" else "bench")
    fields: dict[str, Any] = {"env": {"MARK": "its own"}, "cwd": "/usr"}
    if request.param == "isolated":
        fields["isolation"] = request.getfixturevalue("isolation")
        fields["user"] = "nobody" if os.geteuid() == 0 else ""
    if request.param != "portable":
        fields |= {"oom_score_adj": 321, "limits": Limits(open_files=77)}
    return bench, bench.start("/bin/sh", "-c", f"{IDENTITY}exec sleep 600", **fields)


def is_portable(bench: Bench) -> bool:
    return "portable" in bench.executor.host().reason


def inside(
    bench: Bench,
    process: Process,
    argv: Sequence[str],
    **options: Any,  # noqa: ANN401 - those of `execute`
) -> tuple[Exit, str]:
    """Run a command to its end, and give that and what it wrote."""
    reading, writing = os.pipe()
    with (
        open(reading, encoding="utf-8") as told,
        bench.executor.execute(process, argv, stdout=writing, stderr=writing, **options) as command,
    ):
        os.close(writing)
        said = told.read()
        end = command.wait(20)
    assert end is not None
    return end, said


def test_a_command_is_what_the_task_is(task: tuple[Bench, Process]) -> None:
    bench, process = task
    wait_until(lambda: bench.output().count("\n") > 20)
    end, said = inside(bench, process, ["sh", "-c", IDENTITY])
    assert end.code == 0
    wait_until(lambda: bench.output().count("\n") >= said.count("\n"))  # the task may be the slower one
    assert said == bench.output()


def test_its_streams_its_code_and_its_signal_are_its_own(task: tuple[Bench, Process]) -> None:
    bench, process = task
    much = bytes(range(65, 91)) * 10_000
    end, said = inside(bench, process, ["sh", "-c", "cat; echo aside >&2; exit 7"], stdin=much)
    assert (end.code, said) == (7, f"{much.decode()}aside\n")
    end, _ = inside(bench, process, ["sh", "-c", "kill -9 $$"])
    assert (end.code, end.signal, end.reason) == (137, 9, Reason.SIGNALED)
    end, said = inside(bench, process, ["sh", "-c", "pwd; echo $MARK"], cwd="/bin", env={"MARK": "another"})
    assert said.split("\n")[1:] == ["another", ""]
    assert bench.executor.wait(process, 0) is None


def test_what_can_not_be_run_is_told_in_words(task: tuple[Bench, Process]) -> None:
    bench, process = task
    cases = {
        "'no-such' was not found in the task: looked in /usr/local/bin, /usr/bin, /bin": (["no-such"], ""),
        "'/no/such' was not found in the task: there is no such file": (["/no/such"], ""),
        "'/etc/passwd' can't be executed in the task: Permission denied": (["/etc/passwd"], ""),
        "there is no directory '/no/where' in the task": (["true"], "/no/where"),
    }
    for words, (argv, cwd) in cases.items():
        with pytest.raises(RefusedError, match=re.escape(words)):
            bench.executor.execute(process, argv, cwd=cwd)
    assert bench.executor.processes() == [process.id]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"argv": ["echo", "a\0b"]}, "argv holds a NUL character"),
        ({"argv": []}, "no command was given"),
        ({"argv": ["true"], "env": {"A=B": "c"}}, "env: 'A=B' is no variable's name"),
        ({"argv": ["true"], "timeout_seconds": 0}, "timeout_seconds = 0: must be more than 0"),
        ({"argv": ["true"], "timeout_seconds": math.inf}, "timeout_seconds = inf: must be more"),
    ],
)
def test_what_no_command_can_be_given_is_refused(
    task: tuple[Bench, Process], fields: dict[str, Any], words: str
) -> None:
    bench, process = task
    with pytest.raises(RefusedError, match=re.escape(words)):
        bench.executor.execute(process, **fields)


def test_time_is_up_for_all_that_it_started(task: tuple[Bench, Process]) -> None:
    bench, process = task
    script = "(setsid sleep 71.234 &); setsid sleep 71.234 & sleep 71.234"
    if is_portable(bench):  # it has nothing but the process group
        script = "(sleep 71.234 &); sleep 71.234 & sleep 71.234"
    end, _ = inside(bench, process, ["sh", "-c", script], timeout_seconds=0.4)
    assert end.reason is Reason.TIMEOUT
    assert pids_of("sleep 71.234") == []
    assert bench.executor.wait(process, 0) is None


def test_it_is_killed_and_signalled_alone(task: tuple[Bench, Process]) -> None:
    bench, process = task
    with bench.executor.execute(process, ["sleep", "72.345"]) as command:
        command.signal("TERM")
        end = command.wait(20)
        assert end is not None
        assert end.signal == 15
    command = bench.executor.execute(process, ["sleep", "72.345"])
    command.kill()
    command.close()
    assert pids_of("sleep 72.345") == []
    assert bench.executor.wait(process, 0) is None


def test_it_ends_with_its_task(task: tuple[Bench, Process]) -> None:
    bench, process = task
    command = bench.executor.execute(process, ["sleep", "73.456"])
    bench.executor.stop(process, grace_seconds=0)
    assert pids_of("sleep 73.456") == []
    end = command.wait(20)
    assert end is not None
    assert end.signal == 9
    with pytest.raises(RefusedError, match="does not run, so nothing can be run in it"):
        bench.executor.execute(process, ["true"])


@pytest.mark.parametrize("apart", [True, False])
def test_one_that_comes_as_its_task_ends_ends_with_it_or_is_refused(
    bench: Bench, request: pytest.FixtureRequest, *, apart: bool
) -> None:
    """And holds up nobody, wherever on its way into the task it is killed."""
    isolation = request.getfixturevalue("isolation") if apart else Isolation()
    found: list[object] = []

    def execute(process: Process) -> None:
        try:
            with bench.executor.execute(process, ["sleep", "60"]) as command:
                end = command.wait(20)
                found.append(end and end.signal)
        except RefusedError as error:
            found.append(str(error))

    for delay in (0.0006 * number for number in range(16)):
        process = bench.start("/bin/sleep", "60", isolation=isolation)
        entering = threading.Thread(target=execute, args=[process])
        entering.start()
        time.sleep(delay)
        bench.executor.stop(process, grace_seconds=0)
        entering.join()
        refused = f"task {process.id!r} does not run, so nothing can be run in it"
        assert found.pop() in {9, refused}


KILLED_ON_ITS_WAY = """
import os, socket
from ostler.executor.linux import syscalls
from ostler.executor.linux.entrance import Entry
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
noted = syscalls.shared_number()
joining = os.fork()
if joining == 0:
    syscalls.clone_sibling(noted)
    os._exit(0)
Entry(joining, noted, ours, os.dup(1)).reap()
assert noted.value not in {0, joining}
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("nobody is left")
"""


def test_an_init_that_was_killed_before_it_said_a_word_is_reaped() -> None:
    """Else that of its task would wait for ever: the kernel lets it go when its namespace is empty."""
    script = [sys.executable, "-c", KILLED_ON_ITS_WAY]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.check_output(script, env=environment) == b"nobody is left\n"


def test_it_ends_with_whoever_runs_it(task: tuple[Bench, Process]) -> None:
    bench, process = task
    words = [sys.executable, "-c", EMBEDDER, str(bench.data_dir), process.id, "74.567"]
    kind = {"OSTLER_EXECUTOR": "portable"} if is_portable(bench) else {}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, **kind}) as embedder:
        assert embedder.stdout
        embedder.stdout.readline()
        wait_until(lambda: pids_of("sleep 74.567"))  # a program shows its words a moment after it began
        embedder.kill()
    wait_until(lambda: not pids_of("sleep 74.567"))
    assert bench.executor.wait(process, 0) is None


def test_a_terminal_is_its_own_and_has_a_size(task: tuple[Bench, Process]) -> None:
    bench, process = task
    terminal = Terminal(rows=33, columns=101)
    waiting = "trap 'stty size; exit 3' WINCH; echo up; while :; do sleep 0.05; done"
    script = f"stty size; : < /dev/tty && echo own; {waiting}"
    with bench.executor.execute(process, ["sh", "-c", script], terminal=terminal) as command:
        shown = read_until(terminal, b"up")
        assert shown.split() == [b"33", b"101", b"own", b"up"]
        terminal.resize(44, 55)
        end = command.wait(20)
        assert end is not None
        assert (end.code, read_until(terminal, b"").split()) == (3, [b"44", b"55"])
    with bench.executor.execute(process, ["sleep", "60"], terminal=(again := Terminal())) as command:
        again.write(b"\x03")
        end = command.wait(20)
        assert end is not None
        assert end.signal == 2
    terminal.close()
    again.close()


def read_until(terminal: Terminal, word: bytes) -> bytes:
    """Read what is shown up to a word, or to the end."""
    shown = b""
    while chunk := terminal.read():
        shown += chunk
        if word and word in shown:
            break
    return shown


def test_it_goes_on_when_the_supervisor_is_killed(bench: Bench, isolation: Isolation) -> None:
    process = bench.start("/bin/sleep", "600", isolation=isolation)
    command = bench.executor.execute(process, ["sh", "-c", "sleep 0.5; exit 5"])
    supervisor = next(
        pid for pid in pids_of(str(bench.data_dir)) if pid in pids_of("supervisor_daemon/__main__.py")
    )
    os.kill(supervisor, 9)
    end = command.wait(20)
    assert end is not None
    assert end.code == 5
    command.close()
    assert not alive(command.process.pid)


@pytest.fixture
def orphans() -> Iterator[None]:
    """Have orphans come to this process, which reaps none of them, as the first of a container may not."""
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    yield
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 0)


def test_a_task_ends_though_nobody_reaps_the_command_in_it_that_lost_its_supervisor(
    orphans: None, bench: Bench, isolation: Isolation
) -> None:
    """The kernel lets the task's init not end before: it stays until the end of this test."""
    process = bench.start("/bin/sleep", "600", isolation=isolation)
    command = bench.executor.execute(process, ["sleep", "0.3"])
    lost = bench.supervisor()
    os.kill(lost, 9)
    assert command.wait(20) is not None
    bench.executor.stop(process, grace_seconds=0)
    assert bench.end(process).reason is Reason.STOPPED
    assert alive(process.pid)
    for each in (command.process.pid, process.pid, lost):
        os.waitpid(each, 0)
    last = bench.supervisor()
    bench.executor.forget(bench.started.pop())
    bench.executor.close()
    kill_supervisor(bench.data_dir)
    os.waitpid(last, 0)
    bench.executor = Executor(bench.data_dir)


def test_it_sees_nothing_of_the_supervisor(bench: Bench, isolation: Isolation) -> None:
    """Neither its open files, nor, from within the task, the process that stands for the command."""
    process = bench.start("/bin/sleep", "600", isolation=isolation, env={"MARK": "its own"})
    _, said = inside(bench, process, ["ls", "/proc/self/fd"])
    assert said.split() == ["0", "1", "2", "3"]  # the last is the listing's own
    secrets = "cat /proc/[0-9]*/environ /proc/[0-9]*/maps; ls -l /proc/[0-9]*/fd /proc/[0-9]*/exe"
    _, said = inside(bench, process, ["sh", "-c", f"({secrets}) 2> /dev/null"])
    assert " r-xp " in said  # its own memory, at least
    assert "python" not in said


@pytest.mark.parametrize("count", [20])
def test_many_at_once_leave_nothing(bench: Bench, isolation: Isolation, count: int) -> None:
    process = bench.start("/bin/sleep", "600", isolation=isolation)
    commands = [bench.executor.execute(process, ["sh", "-c", f"exit {number}"]) for number in range(count)]
    ends = [command.wait(20) for command in commands]
    assert [end.code for end in ends if end] == list(range(count))
    for command in commands:
        command.close()
    assert [path.suffix for path in (bench.data_dir / "tasks").iterdir()].count(".task") == 1
    bench.executor.stop(process, grace_seconds=0)  # which waits for each, and not for long
