"""`ostler exec` and `ostler signal`: from one process into a task that another one runs."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Shell, job, line_with, sh, task

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 750_000 + os.getpid()  # tells our sleeper from others
TASK = "trap 'echo heard' USR1; trap 'exit 0' INT; echo up; while :; do sleep 0.05; done"


@pytest.fixture
def running(ostler: Shell) -> Iterator[subprocess.Popen[bytes]]:
    """Run a job with a task of its own user's view, and one that reads nothing."""
    text = job(sh(TASK, "shell"), task("mock", 'run_for = "60s"', driver="mock_driver"))
    with ostler.start(text) as process:
        line_with(process.stdout, "up")
        yield process
        process.send_signal(signal.SIGINT)
        process.communicate()


def allocation(ostler: Shell) -> str:
    return next(iter(ostler.allocations())).name


def inside(ostler: Shell, *words: str) -> list[str]:
    return ["exec", "--task", "shell", *words[:-1], allocation(ostler), *words[-1].split(" ", 2)]


def test_a_command_runs_in_a_task_with_streams_and_code_of_its_own(
    ostler: Shell, running: subprocess.Popen[bytes]
) -> None:
    much = bytes(range(256)) * 4096
    ran = ostler(*inside(ostler, "-i", "sh -c cat; pwd; ls /proc/1/exe /local >&2; exit 9"), stdin=much)
    assert (ran.code, ran.stdout == much + b"/\n") == (9, True), ran.errors
    assert "/proc/1/exe" in ran.errors
    own = ("exec", "--task", "shell", allocation(ostler), "--", "sh", "-c")
    ran = ostler(*own, "cat; echo $NOMAD_TASK_NAME; kill -9 $$", stdin=b"not asked for")
    assert (ran.code, ran.stdout) == (137, b"shell\n")
    assert [*ostler.data_dir.glob("client/*/.*.std*")] == [*ostler.data_dir.glob("client/*/*.fifo")]


def test_a_signal_reaches_the_task(ostler: Shell, running: subprocess.Popen[bytes]) -> None:
    for name in ("USR1", "sigusr1", "10"):
        ran = ostler("signal", "--task", "shell", allocation(ostler)[:8], name)
        assert (ran.code, ran.lines) == (0, [f"{allocation(ostler)[:8]}: sent {name}"])
        assert line_with(running.stdout, "heard")


def test_what_a_task_uses_is_shown(ostler: Shell, running: subprocess.Popen[bytes]) -> None:
    words = ("stats", "--task", "shell")
    ran = ostler(*words, "--json", allocation(ostler)[:8])
    found = json.loads(ran.stdout)
    assert ran.code == 0, ran.errors
    assert found["pids"] >= 1
    assert found["memory_bytes"] >= found["rss_bytes"] > 0
    assert None not in found.values()
    shown = [line.split() for line in ostler(*words, allocation(ostler)).lines]
    assert [name for name, _ in shown] == sorted(found)
    assert running.poll() is None


def test_a_command_that_is_interrupted_is_ended(ostler: Shell, running: subprocess.Popen[bytes]) -> None:
    words = ostler.words(inside(ostler, f"sh -c echo begun; exec sleep {SECONDS}"))
    with subprocess.Popen(words, env=ostler.environment, stdout=subprocess.PIPE) as command:
        line_with(command.stdout, "begun")
        command.send_signal(signal.SIGINT)
        assert command.wait() == 130
    deadline = time.monotonic() + 10
    while subprocess.run(["pgrep", "-f", f"sleep {SECONDS}$"], check=False, capture_output=True).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_shell_has_a_terminal_of_its_own(ostler: Shell, running: subprocess.Popen[bytes]) -> None:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 31, 97, 0, 0))
    before = termios.tcgetattr(theirs)
    words = ostler.words(inside(ostler, "-i", "-t", "sh"))
    with subprocess.Popen(
        words,
        env=ostler.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as command:
        until(ours, b"$ ")
        os.write(ours, b"stty size; tty > /dev/null && echo a''terminal\r")
        assert b"31 97" in until(ours, b"aterminal")
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 44, 55, 0, 0))
        command.send_signal(signal.SIGWINCH)
        # Said by what is to be interrupted: a shell that has yet to fork would take the signal for its own.
        os.write(ours, b"sh -c 'echo be\"\"gun; exec sleep 60'\r")
        until(ours, b"begun")
        os.write(ours, b"\x03")
        until(ours, b"$ ")
        os.write(ours, b"stty size; exit 5\r")
        until(ours, b"44 55")
        assert command.wait() == 5
    assert termios.tcgetattr(theirs)[3] == before[3]
    os.close(ours)
    os.close(theirs)


def until(terminal: int, word: bytes) -> bytes:
    """Read what is shown up to a word."""
    shown = b""
    while word not in shown:
        assert select.select([terminal], [], [], 15)[0], shown
        shown += os.read(terminal, 4096)
    return shown


MISTAKES = {
    "missing-command": ("exec", "--task", "shell", "ALLOCATION", "no-such"),
    "unknown-task": ("exec", "--task", "other", "ALLOCATION", "true"),
    "unnamed-task": ("exec", "ALLOCATION", "true"),
    "unknown-allocation": ("exec", "zzzz", "true"),
    "no-terminal": ("exec", "-t", "ALLOCATION", "sh"),
    "unknown-signal": ("signal", "--task", "shell", "ALLOCATION", "HUGO"),
}


def test_mistakes_are_told_in_words(ostler: Shell, running: subprocess.Popen[bytes]) -> None:
    for name, words in MISTAKES.items():
        ran = ostler(*(allocation(ostler) if word == "ALLOCATION" else word for word in words))
        assert ran.code == 2, (name, ran)
        ostler.says(f"reach-{name}", ran.errors)
