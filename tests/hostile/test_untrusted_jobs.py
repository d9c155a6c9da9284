"""A text that is not trusted reads nothing of this machine, and no text takes more than a little of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final, get_args

import pytest

from ostler import Client, MistakeError
from ostler.jobs import Inputs, loads
from ostler.jobs.inputs.values import Trust
from tests.hostile.texts import TEXTS

if TYPE_CHECKING:
    from pathlib import Path

JOB: Final = (
    'job "j" {{\n  meta {{\n    x = {0}\n  }}\n  group "g" {{\n    task "t" {{\n      driver = "exec"\n'
)
LOOKING: Final = {
    "file": 'file("{0}")',
    "filebase64": 'filebase64("{0}")',
    "fileexists": 'fileexists("{0}")',
    "fileset": 'fileset("{1}", "*")',
    "pathexpand": 'pathexpand("~/x")',
    "abspath": 'abspath("x")',
    "within": 'try(file("{0}"), "hidden")',
    "nested": '[for each in ["{0}"] : file(each)][0]',
    "can": 'can(file("{0}"))',
}
# In a process of its own each text is read by a child that may use so much, and says what came of it.
READER: Final = """
import json, os, resource, sys, time
from tests.hostile.texts import TEXTS
from ostler.errors import MistakeError
from ostler.jobs import Inputs, loads

MEGABYTES, SECONDS = 700, 30

def outcome(text, trust):
    try:
        loads(text, inputs=Inputs(trust=trust, environment={}))
    except MistakeError as error:
        shown = error.shown()
        return {"told": str(error)[:300], "longest": max(map(len, shown.splitlines()))}
    return {"told": ""}

for name, text in TEXTS.items():
    reader, writer = os.pipe()
    if not os.fork():
        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        try:
            found = outcome(text, sys.argv[1])
        except BaseException as error:
            found = {"raised": repr(error)[:300]}
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        said = stream.read()
    os.wait()
    print(json.dumps([name, json.loads(said or b'{"raised": "the child was killed"}')]), flush=True)
"""


def value(expression: str, **given: Any) -> str:  # noqa: ANN401 - those of Inputs
    job = loads(f"{JOB.format(expression)}    }}\n  }}\n}}\n", filename="job.hcl", inputs=Inputs(**given)).job
    return job.meta["x"]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict[str, Any]]:
    """Read all of them, which takes some seconds: a bound is only known to hold where it is reached."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.curdir, *sys.path]))}
    command = [sys.executable, "-c", READER, get_args(Trust)[0]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", TEXTS)
def test_no_text_takes_more_than_a_job_file_may(name: str, outcomes: dict[str, dict[str, Any]]) -> None:
    found = outcomes[name]
    assert "raised" not in found, found["raised"]
    assert found.get("longest", 0) < 1000


@pytest.mark.parametrize("name", LOOKING)
def test_an_untrusted_text_reads_no_file(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret")
    expression = LOOKING[name].format(secret, tmp_path)
    value(expression.replace("fileset(", "length(fileset(").replace('"*")', '"*"))'))
    try:
        found = value(expression, trust="untrusted")
    except MistakeError as error:
        found = str(error)
        assert "untrusted" in found
    assert found not in {"s3cret", "true", str(secret)}
    assert "s3cret" not in found


def test_an_untrusted_text_sees_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOMAD_VAR_x", "s3cret")
    declared = 'variable "x" {\n  default = "mine"\n}\n'
    text = declared + JOB.format("var.x") + "    }\n  }\n}\n"
    assert loads(text, inputs=Inputs()).job.meta == {"x": "s3cret"}
    assert loads(text, inputs=Inputs(trust="untrusted")).job.meta == {"x": "mine"}
    assert value('"${env["HOME"]}"', trust="untrusted") == '${env["HOME"]}'


def test_what_an_embedder_gives_reaches_an_untrusted_text(tmp_path: Path) -> None:
    path = tmp_path / "a.vars"
    path.write_text('y = "of the file"\n')
    declared = 'variable "x" {}\nvariable "y" {}\nvariable "z" {}\n'
    text = declared + JOB.format('"${var.x} ${var.y} ${var.z}"') + "    }\n  }\n}\n"
    given = Inputs(variables={"x": 1}, files=[path], environment={"NOMAD_VAR_z": "z"}, trust="untrusted")
    assert loads(text, inputs=given).job.meta == {"x": "1 of the file z"}


def test_a_variable_file_reads_no_file_whoever_is_trusted(tmp_path: Path) -> None:
    path = tmp_path / "a.vars"
    path.write_text('x = file("/etc/hostname")\n')
    declared = 'variable "x" {}\n'
    with pytest.raises(MistakeError, match="no function can be called here"):
        loads(declared + JOB.format("var.x") + "    }\n  }\n}\n", inputs=Inputs(files=[path]))


@pytest.mark.parametrize("trust", get_args(Trust))
def test_a_client_says_whom_it_trusts(trust: Trust, tmp_path: Path) -> None:
    (tmp_path / "word.txt").write_text("word")
    path = tmp_path / "job.hcl"
    path.write_text(JOB.format('file("word.txt")') + '      config {\n command = "true"\n }\n    }\n  }\n}\n')
    with Client(data_dir=tmp_path / "data", trust=trust) as client:
        try:
            client.validate(path)
        except MistakeError as error:
            told = str(error)
        else:
            told = ""
    assert ("untrusted" in told) == (trust == "untrusted")


def test_a_client_knows_two_words_for_trust() -> None:
    with pytest.raises(MistakeError, match="expected 'trusted' or 'untrusted'"):
        Client(trust="nobody")  # type: ignore[arg-type]
