"""What the policy refuses, and that the words reach whoever runs the job, from the installed package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ostler import Client, MistakeError

if TYPE_CHECKING:
    from pathlib import Path

AGENT = """
plugin "mock_driver" {
  limits = "best_effort"
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
wrapper "guardrails" {
  config {
    drivers   = ["mock_driver", "raw_exec"]
    memory_mb = 256
    RULES
  }
}
"""
JOB = """job "j" {
  type = "batch"
  group "g" {
    task "t" {
      driver = "mock_driver"
      USER
      resources {
        memory = 256
      }
      config {
        stdout_string = "ran"
      }
    }
  }
}
"""
RAW = JOB.replace("mock_driver", "raw_exec").replace('stdout_string = "ran"', 'command = "/bin/true"')
MOCK = 'unprivileged = ["mock_driver"]'


class Place:
    """A folder with an agent's file and a job, and the data directory that they use."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data_dir = folder, folder / "data"

    def write(self, job: str, rules: str = MOCK, user: str = "") -> Path:
        (self.folder / "agent.hcl").write_text(AGENT.replace("RULES", rules))
        path = self.folder / "job.nomad.hcl"
        path.write_text(job.replace("USER", f'user = "{user}"' if user else ""))
        return path

    def client(self) -> Client:
        return Client(self.folder / "agent.hcl", data_dir=self.data_dir)

    def refused(self, job: str, rules: str = MOCK, user: str = "") -> str:
        """Give the words with which a job is refused before anything of it runs."""
        path = self.write(job, rules, user)
        with self.client() as client, pytest.raises(MistakeError) as raised:
            client.run(path)
        assert list(self.data_dir.glob("alloc/*")) == []
        return str(raised.value).replace(f"{self.folder}/", "")

    def output(self, job: str, rules: str = MOCK, user: str = "") -> bytes:
        path = self.write(job, rules, user)
        with self.client() as client:
            return client.run(path).output


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_is_allowed_runs(place: Place) -> None:
    assert place.output(JOB) == b"ran"


def test_another_driver_is_refused_with_the_place_of_the_task(place: Place) -> None:
    job = JOB.replace("mock_driver", "exec").replace("stdout_string", "command")
    said = place.refused(job, rules="")
    assert said == (
        "job.nomad.hcl:4:5: job.j.group[0].task[0]: refused by policy 'guardrails': "
        "driver 'exec' is not among those allowed: mock_driver, raw_exec"
    )


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        ("memory = 257", "257 MB of memory"),
        ("memory_max = 300", "300 MB of memory"),
        ("memory_max = -1", "memory without a limit"),
        ("cpu = 100", "300 MB of memory"),
    ],
)
def test_more_memory_than_the_cap_is_refused(place: Place, resources: str, found: str) -> None:
    said = place.refused(JOB.replace("memory = 256", resources))
    words = f"it asks for {found}, and 256 MB is the most: write resources {{ memory = 256 }}"
    assert said.endswith(f"refused by policy 'guardrails': {words}")


@pytest.mark.parametrize("user", ["root", "0", "0:65534", "root:nogroup"])
def test_a_task_as_root_is_refused(place: Place, user: str) -> None:
    said = place.refused(JOB, user=user)
    assert said.endswith(f"refused by policy 'guardrails': it asks to run as {user!r}, which is root")


def test_another_user_is_allowed(place: Place) -> None:
    assert place.output(JOB, user="nobody") == b"ran"


def test_root_is_allowed_where_the_operator_says_so(place: Place) -> None:
    assert place.output(JOB, rules="allow_root = true", user="root") == b"ran"


@pytest.mark.skipif(os.geteuid() != 0, reason="tasks run as root only where Ostler does")
def test_a_task_that_would_run_as_root_for_want_of_a_user_is_refused(place: Place) -> None:
    said = place.refused(RAW, rules="")
    assert said.endswith("driver 'raw_exec' would run it as root: give the task a user")


def test_all_that_is_wrong_with_a_task_is_told_at_once(place: Place) -> None:
    said = place.refused(JOB.replace("memory = 256", "memory = 300"), user="root")
    assert said.count("; it asks") == 1


def test_the_command_says_it_and_ends_with_2(place: Place) -> None:
    path = place.write(JOB, user="root")
    command = [sys.executable, "-m", "ostler.cli", "--data-dir", str(place.data_dir)]
    words = ["run", "--json", "--config", "agent.hcl", path.name]
    done = subprocess.run(
        [*command, *words], cwd=place.folder, capture_output=True, text=True, check=False, timeout=50
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "job.nomad.hcl:4:5: job.j.group[0].task[0]: refused by policy 'guardrails': "
        "it asks to run as 'root', which is root\n"
        '    4 |     task "t" {\n'
        "      |     ^^^^\n"
    )


def test_an_unknown_rule_is_a_mistake_with_its_place(place: Place) -> None:
    said = place.refused(JOB, rules="memory = 3")
    assert "agent.hcl:14:5: wrapper.guardrails.config.memory: unknown key 'memory'" in said


def test_the_file_may_be_json(place: Place) -> None:
    path = place.write(JOB)
    agent = place.folder / "agent.json"
    agent.write_text(json.dumps({"wrapper": {"guardrails": {"config": {"drivers": ["raw_exec"]}}}}))
    with Client(agent, data_dir=place.data_dir) as client, pytest.raises(MistakeError, match="'mock_driver'"):
        client.run(path)
