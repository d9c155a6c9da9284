"""Variables on the command line, in Ostler's spelling and in Nomad's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import job, task

if TYPE_CHECKING:
    from tests.cli.shell import Shell

JOB = 'variable "word" {}\nvariable "count" {\n  type    = number\n  default = 1\n}\n' + job(
    task("t", 'stdout_string = "${var.word} ${var.count}"', driver="mock_driver")
)
SPELLINGS = {
    "two-words": ("--var", "word=hello", "--var", "count=2"),
    "equals": ("--var=word=hello", "--var=count=2"),
    "nomad": ("-var", "word=hello", "-var", "count=2"),
    "nomad-equals": ("-var=word=hello", "-var=count=2"),
    "file": ("--var-file", "a.vars"),
    "nomad-file": ("-var-file", "a.vars"),
    "nomad-file-equals": ("-var-file=a.vars",),
    "later-wins": ("--var", "word=x", "--var-file", "a.vars", "--var", "word=hello"),
}


def output(ostler: Shell, *options: str, **variables: str) -> str:
    """Give what the job of these options would write, by its form in Nomad's API."""
    ostler.file('word = "hello"\ncount = 2\n', "a.vars")
    ran = ostler("run", "--output", *options, ostler.file(JOB), stdin=b"", **variables)
    assert ran.code == 0, ran.errors
    config: dict[str, str] = json.loads(ran.stdout)["Job"]["TaskGroups"][0]["Tasks"][0]["Config"]
    return config["stdout_string"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_understood(spelling: str, ostler: Shell) -> None:
    assert output(ostler, *SPELLINGS[spelling]) == "hello 2"


def test_the_environment_is_read(ostler: Shell) -> None:
    assert output(ostler, NOMAD_VAR_word="there", NOMAD_VAR_nobody="x") == "there 1"
    assert output(ostler, "-var-file=a.vars", NOMAD_VAR_word="there") == "hello 2"


def test_a_job_runs_with_its_variables(ostler: Shell) -> None:
    ran = ostler.run(JOB, "-var", "word=hello")
    assert (ran.code, ran.stdout) == (0, b"hello 1"), ran.errors


@pytest.mark.parametrize("command", ["run", "validate"])
def test_mistakes_with_variables_are_told(command: str, ostler: Shell) -> None:
    name = ostler.file('count = "many"\nwrod = 1\n', "b.vars")
    options = ("--var-file", name, "--var", "count", "--var", "n=1", "--var-file", "missing.vars")
    ran = ostler(command, *options, ostler.file(JOB), NOMAD_VAR_count="[s3cret]")
    ostler.says("variables", ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")
