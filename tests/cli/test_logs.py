"""`ostler logs`: while a task runs, before it does, when its command is dead and when all is over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from ostler import AsyncClient
from tests.cli.shell import Shell, job, line_with, sh, supervisor

if TYPE_CHECKING:
    from pathlib import Path

GATE = "until [ -e /alloc/data/gate ]; do sleep 0.05; done"


def follow(ostler: Shell, *words: str) -> subprocess.Popen[bytes]:
    command = ostler.words(["logs", "--follow", *words])
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, env=ostler.environment, cwd=ostler.folder)


def open_gate(allocation: Path) -> None:
    (allocation / "alloc" / "data" / "gate").touch()


def test_a_log_is_followed_from_before_the_start_to_the_end_and_read_afterwards(ostler: Shell) -> None:
    first = sh(f"echo early; {GATE}; echo late; echo oops >&2", "first")
    running = ostler.start(job(first, sh("seq 1 1000; exit 0", "second")))
    line_with(running.stdout, "early")
    (allocation,) = ostler.allocations()
    name = allocation.name[:8]
    with follow(ostler, name, "first") as along, follow(ostler, name, "first", "--stderr") as errors:
        assert line_with(along.stdout, "early") == "early\n"
        started = time.monotonic()
        open_gate(allocation)
        assert along.communicate()[0] == b"late\n"
        assert errors.communicate()[0] == b"oops\n"
        assert time.monotonic() - started < 8
        assert (along.returncode, errors.returncode) == (0, 0)
    running.communicate()
    assert ostler("logs", name, "first").stdout == b"early\nlate\n"
    assert ostler("logs", "-f", "--offset", "6", name, "first").stdout == b"late\n"
    assert ostler("logs", "--tail", "2", name, "second").stdout == b"999\n1000\n"
    for words, wrong in (
        (("logs", name), "has several tasks; say which: first, second"),
        (("logs", name, "frist"), "no log of a task 'frist' in allocation "),
        (("logs", "nothing"), "no allocation begins with 'nothing'"),
    ):
        ran = ostler(*words)
        assert (ran.code, ran.stdout) == (2, b"")
        assert wrong in ran.errors


def test_a_task_whose_command_and_supervisor_were_killed_is_followed_to_its_end(ostler: Shell) -> None:
    running = ostler.start(job(sh(f"echo early; {GATE}; seq 1 100000; exit 0")))
    line_with(running.stdout, "early")
    line_with(running.stderr, "Started")
    running.send_signal(signal.SIGKILL)
    running.communicate()
    (allocation,) = ostler.allocations()
    with follow(ostler, allocation.name) as along:
        line_with(along.stdout, "early")
        os.kill(supervisor(ostler), signal.SIGKILL)
        open_gate(allocation)
        told, _ = along.communicate()
    assert told == "".join(f"{number}\n" for number in range(1, 100_001)).encode()
    assert along.returncode == 0

    async def read() -> bytes:
        async with AsyncClient(data_dir=ostler.data_dir) as client:
            return b"".join([piece async for _, piece in client.logs(allocation.name, tail=3)])

    assert asyncio.run(read()) == b"99998\n99999\n100000\n"
    assert ostler("stop", allocation.name).code == 0


def test_a_log_that_is_switched_off_is_not_waited_for(ostler: Shell) -> None:
    silent = sh("echo nothing; exit 0", more="logs { disabled = true }\nrestart { attempts = 0 }")
    assert ostler.run(job(silent)).stdout == b""
    (allocation,) = ostler.allocations()
    ran = ostler("logs", "-f", allocation.name)
    assert (ran.code, ran.stdout) == (2, b"")
    assert "has no task with a log: none" in ran.errors
