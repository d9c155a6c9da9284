"""Standard streams that are closed, or that take nothing."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Ran, Shell, job, sh

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "run": ("run", "job.nomad.hcl"),
    "validate": ("validate", "job.nomad.hcl"),
    "node": ("node",),
    "node --json": ("node", "--json"),
    "driver list": ("driver", "list"),
    "status": ("status",),
    "--help": ("--help",),
    "--version": ("--version",),
}
HI = job(sh("echo hi; exec sleep 60"))


def redirected(ostler: Shell, words: Sequence[str], how: str) -> Ran:
    """Run a command with its streams as a shell redirects them."""
    line = f"{shlex.join(ostler.words(words))} {how}"
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=ostler.folder,
        env=ostler.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("stream", ["stdout", "stderr", "both"])
def test_a_closed_stream_ends_the_command_before_it_begins(name: str, stream: str, ostler: Shell) -> None:
    ostler.file(HI)
    how = {"stdout": ">&-", "stderr": "2>&-", "both": ">&- 2>&-"}[stream]
    ran = redirected(ostler, COMMANDS[name], how)
    assert (ran.code, ran.stdout) == (125, b"")
    if stream == "stdout":
        ostler.says("stdout-closed", ran.errors)
    assert list(ostler.data_dir.iterdir()) == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "run"])
def test_a_full_stdout_is_told_in_one_sentence(name: str, ostler: Shell) -> None:
    ostler.file(HI)
    ran = redirected(ostler, COMMANDS[name], ">/dev/full")
    assert ran.code == 125
    ostler.says("stdout-full", ran.errors)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_full_stdout_stops_the_job(options: tuple[str, ...], ostler: Shell) -> None:
    ostler.file(HI)
    ran = redirected(ostler, ["run", *options, "job.nomad.hcl"], ">/dev/full")
    assert ran.code == 125
    assert ran.errors.splitlines()[-1] == (
        "can't write to stdout: No space left on device; the job was stopped"
    )
    assert "Traceback" not in ran.errors
    assert ostler.left() == []


def test_a_full_stderr_stops_the_job(ostler: Shell) -> None:
    ostler.file(HI)
    assert redirected(ostler, ["run", "job.nomad.hcl"], "2>/dev/full").code == 125
    assert ostler.left() == []


def test_a_mistake_that_stderr_does_not_take_keeps_its_status(ostler: Shell) -> None:
    ostler.file("job {")
    for words in (["validate", "job.nomad.hcl"], ["vlidate"]):
        assert redirected(ostler, words, "2>/dev/full").code == 2


def test_a_closed_stdin_is_no_mistake(ostler: Shell) -> None:
    ostler.file(job(sh("echo hi")))
    ran = redirected(ostler, ["run", "job.nomad.hcl"], "<&-")
    assert (ran.code, ran.stdout) == (0, b"hi\n")


def test_a_job_on_a_closed_stdin_is_a_mistake(ostler: Shell) -> None:
    ran = redirected(ostler, ["run", "-"], "<&-")
    assert ran.code == 2
    ostler.says("stdin-closed", ran.errors)


def test_a_reader_of_the_help_that_leaves_ends_it_quietly(ostler: Shell) -> None:
    line = f"{{ sleep 1; {shlex.join(ostler.words(['--help']))}; echo $? >&2; }} | true"
    done = subprocess.run(["sh", "-c", line], env=ostler.environment, capture_output=True, check=False)
    assert done.stderr.decode() == "141\n"
