"""`ostler run -i`: what the command reads goes to a task."""

from __future__ import annotations

import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import job, line_with, sh, task

if TYPE_CHECKING:
    from tests.cli.shell import Shell

MUCH = bytes(range(256)) * 4096


def test_the_only_task_reads_what_the_command_reads(ostler: Shell) -> None:
    ran = ostler("run", "-i", ostler.file(job(sh("sha256sum; echo over"))), stdin=MUCH)
    assert ran.code == 0, ran.errors
    assert ran.lines[1] == "over"
    assert ran.lines[0].split()[0] == hashlib.sha256(MUCH).hexdigest()


def test_without_being_asked_for_nothing_is_read(ostler: Shell) -> None:
    assert ostler("run", ostler.file(job(sh("wc -c"))), stdin=b"not for you").lines == ["0"]


def test_one_of_several_tasks_is_named(ostler: Shell) -> None:
    text = job(sh("wc -c", "counts"), sh("cat", "reads"))
    ran = ostler("run", "--stdin-task", "reads", ostler.file(text), stdin=b"for you\n")
    assert sorted(ran.lines) == ["0", "for you"]


def test_the_next_attempt_reads_on_where_the_first_one_ended(ostler: Shell) -> None:
    again = 'restart {\n attempts = 1\n delay = "0s"\n mode = "fail"\n}'
    text = job(sh("read line; echo $line; exit 1", more=again))
    running = ostler.start(text, "-i", stdin=subprocess.PIPE)
    assert running.stdin
    running.stdin.write(b"one\n")
    running.stdin.flush()
    assert line_with(running.stdout, "one")
    line_with(running.stderr, "Restarting")
    running.stdin.write(b"two\n")
    running.stdin.close()
    assert line_with(running.stdout, "two")
    assert running.stdout
    assert running.stderr
    running.stdout.close()
    running.stderr.close()
    assert running.wait() == 1


def test_a_task_that_ends_does_not_wait_for_who_writes(ostler: Shell) -> None:
    reading, writing = os.pipe()
    with ostler.start(job(sh("read line; echo $line")), "-i", stdin=reading) as running:
        os.close(reading)
        os.write(writing, b"one\n")
        assert running.wait() == 0
    os.close(writing)


SEVERAL = job(sh("cat", "a"), sh("cat", "b"), count=2)
MISTAKES = {
    "several": ("-i", SEVERAL),
    "unknown": ("--stdin-task=c", SEVERAL),
    "unable": ("-i", job(task("t", 'run_for = "1s"', driver="mock_driver"))),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_words(name: str, ostler: Shell) -> None:
    option, text = MISTAKES[name]
    ran = ostler.run(text, option)
    assert ran.code == 2
    ostler.says(f"stdin-{name}", ran.errors)


def test_what_is_read_can_not_be_job_and_input_at_once(ostler: Shell) -> None:
    ran = ostler("run", "-i", "-", stdin=SEVERAL.encode())
    assert ran.code == 2
    ostler.says("stdin-job-too", ran.errors)
