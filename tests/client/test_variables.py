"""Variables at the embedder's door."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ostler import AsyncClient, Client, MistakeError
from ostler.jobs import loads

if TYPE_CHECKING:
    from pathlib import Path

JOB = """
variable "word" {}

variable "seconds" {
  type    = number
  default = 0
}

job "said" {
  type = "batch"
  group "g" {
    task "t" {
      driver = "mock_driver"
      config {
        run_for       = "${var.seconds}s"
        stdout_string = var.word
      }
    }
  }
}
"""


def test_a_job_runs_with_the_values_that_it_is_given(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.vars"
    path.write_text('word = "of the file"\n')
    with Client(data_dir=data_dir) as client:
        assert client.run(JOB, variables={"word": "hello"}).stdout == b"hello"
        assert client.run(JOB, variables=["word=a=b"]).stdout == b"a=b"
        assert client.run(JOB, var_files=[path]).stdout == b"of the file"


def test_an_asynchronous_client_takes_them_too(data_dir: Path) -> None:
    async def say() -> bytes:
        async with AsyncClient(data_dir=data_dir) as client:
            await client.validate(JOB, variables={"word": "x"})
            return (await client.run(JOB, variables={"word": "hello"})).stdout

    assert asyncio.run(say()) == b"hello"


def test_what_a_broken_variable_leaves_out_is_not_told_as_missing(data_dir: Path) -> None:
    with Client(data_dir=data_dir) as client, pytest.raises(MistakeError) as raised:
        client.validate(JOB.replace("mock_driver", "exec").replace("stdout_string", "command"))
    (problem,) = raised.value.problems
    assert problem.path == "variable.word"


def test_a_job_that_is_a_value_takes_no_variables(data_dir: Path) -> None:
    loaded = loads(JOB.replace('variable "word" {}', "variables {\n  word = 1\n}"))
    with Client(data_dir=data_dir) as client:
        for job in (loaded, loaded.job):
            with pytest.raises(MistakeError, match="this one is a value already"):
                client.validate(job, variables={"word": "x"})
