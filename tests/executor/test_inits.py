"""Both inits, the one in C and the one that is forked without it, do the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import ostler.executor
from ostler.executor.supervisor import slot
from tests.executor.bench import alive, pids_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Need

INIT: Final = Path(ostler.executor.__file__).parent / "linux" / "ostler-init"
OFFSET: Final = 256
SECONDS: Final = f"61.{os.getpid()}"  # tells our sleepers from those of another run
FORWARDED: Final = ("HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "CONT", "WINCH")
# The init of a task without a PID namespace of its own: its parent is the shell's, as the launcher is.
START: Final = """
import os, signal, sys
from ostler.executor.linux import init, syscalls
kind, slot, fifo, script = sys.argv[1:]
os.dup2(os.open(slot, os.O_RDWR | os.O_CREAT, 0o600), 3)
os.dup2(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), 5)
output = os.open(fifo, os.O_WRONLY)
os.set_inheritable(3, True)
os.set_inheritable(5, True)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
main = os.fork()
if main == 0:
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.dup2(output, 1)
    os.execv("/bin/sh", ["sh", "-c", script])
os.closerange(4, 5)
os.closerange(6, 64)
if kind == "python":
    init.stand_for(main, 3, [5], pid_namespace=False)
os.execve(kind, ["ostler-init some/task", "1", str(main), "OFFSET"], {})
"""


class Stand:
    """An init that stands for a shell script, its slot, and the FIFO that the script writes to."""

    def __init__(self, kind: str, folder: Path, script: str) -> None:
        self._slot = folder / "slot"
        self.fifo = folder / "fifo"
        os.mkfifo(self.fifo)
        start = START.replace("OFFSET", str(OFFSET if kind != "python" else 0))
        self._offset = OFFSET if kind != "python" else 0
        command = [sys.executable, "-c", start, kind, str(self._slot), str(self.fifo), script]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(command, env=environment)
        wait_until(self._slot.exists)

    @property
    def end(self) -> slot.End | None:
        content = self._slot.read_bytes()[self._offset :]
        return slot.unpack(content.ljust(slot.SIZE, b"\0"))[1]

    def status(self) -> int:
        """Give the status that it wrote down, once it has ended by itself."""
        self.process.wait(20)
        assert self.end is not None
        return self.end.status


@pytest.fixture(params=["c", "python"])
def kind(request: pytest.FixtureRequest, need: Need) -> str:
    if request.param == "c":
        need("gcc")
        assert INIT.exists(), "a compiler is there, but the init was not built: run tools/venv.sh"
        return str(INIT)
    return "python"


@pytest.fixture
def stands(kind: str, tmp_path: Path) -> Iterator[Stands]:
    made = Stands(kind, tmp_path)
    yield made
    for stand in made.all:
        stand.process.terminate()
        stand.process.wait()


class Stands:
    """Make inits; those of a test that failed are killed."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind = kind
        self._folder = folder
        self.all: list[Stand] = []

    def __call__(self, script: str) -> Stand:
        folder = self._folder / str(len(self.all))
        folder.mkdir()
        self.all.append(Stand(self._kind, folder, script))
        return self.all[-1]


def test_an_end_is_written_down_with_what_was_used(stands: Stands) -> None:
    before = time.time_ns()
    stand = stands("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 3")
    assert stand.status() == 3 << 8
    assert stand.process.returncode == 3
    end = stand.end
    assert end is not None
    assert before < end.time_ns < time.time_ns()
    assert 1000 < end.user_us + end.system_us < 20e6
    assert 100 < end.max_rss_kib < 1e6
    assert end.main > 1
    assert not end.holding


def test_a_signal_is_passed_on_and_its_end_written_down(stands: Stands) -> None:
    traps = "; ".join(f"trap 'echo {name}' {name}" for name in FORWARDED)
    stand = stands(f"{traps}; echo ready; while :; do sleep 0.01; done")
    with open(stand.fifo, encoding="ascii") as said:
        assert said.readline() == "ready\n"
        for name in FORWARDED:
            os.kill(stand.process.pid, signal.Signals[f"SIG{name}"])
            assert said.readline() == f"{name}\n"
        (main,) = children(stand.process.pid)
        os.kill(main, signal.SIGKILL)
        assert stand.status() == signal.SIGKILL
    assert stand.process.returncode == 128 + signal.SIGKILL


def test_no_descendant_outlives_the_main_process(stands: Stands) -> None:
    family = "setsid sh -c 'sleep $S & exec sleep $S' & (sleep $S & sleep $S &)"
    waiting = f"while [ $(pgrep -cf '^sleep {SECONDS}$') -lt 4 ]; do sleep 0.01; done"
    stand = stands(f"export S={SECONDS}; {family}; {waiting}; exit 4")
    assert stand.status() == 4 << 8
    assert [pid for pid in pids_of(f"sleep {SECONDS}") if alive(pid)] == []


def test_an_unread_log_is_held_until_it_is_read_or_removed(stands: Stands) -> None:
    read, removed = (stands("echo kept") for _ in range(2))
    for stand in (read, removed):
        wait_until(partial(holding, stand))
        assert stand.process.poll() is None
    said = os.open(read.fifo, os.O_RDONLY | os.O_NONBLOCK)
    assert os.read(said, 100) == b"kept\n"
    assert read.status() == 0
    os.close(said)
    removed.fifo.unlink()
    assert removed.status() == 0


@pytest.mark.parametrize("kind", ["c"], indirect=True)
def test_no_other_process_of_the_user_can_look_into_it(stands: Stands) -> None:
    stand = stands("exec sleep 60")
    wait_until(lambda: Path(f"/proc/{stand.process.pid}/comm").read_text() == "ostler-init\n")
    # the folder itself keeps the user's id, whatever the process may be asked
    wait_until(lambda: Path(f"/proc/{stand.process.pid}/environ").stat().st_uid == 0)
    assert Path(f"/proc/{stand.process.pid}/cmdline").read_bytes().startswith(b"ostler-init some/task\0")


def holding(stand: Stand) -> bool:
    return stand.end is not None and stand.end.holding


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
