"""Job files run through the command, as an operator does it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from single_node import until

from ostler.testing.supervision import end_supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from single_node import SingleNode

COMMAND = Path(sys.executable).with_name("ostler")
README = Path(__file__).parents[1] / "README.md"
GOLDEN = Path(__file__).with_name("golden")
AGENT = """
plugin "slurm" {
  config {
    slurm_conf    = "CONF"
    poll_interval = "200ms"
    MORE
  }
}
"""
JOB = """
job "j" {
  type = "batch"
  group "g" {
    restart {
      attempts = 0
    }
    task "t" {
      driver       = "slurm"
      kill_timeout = "5s"
      config {
        CONFIG
      }
      logs {
        max_files     = 2
        max_file_size = 1
      }
      RESOURCES
    }
  }
}
"""


class Operator:
    """Writes files and runs commands in one folder, with one data directory."""

    def __init__(self, folder: Path, slurm: SingleNode) -> None:
        self.folder, self.data = folder, folder / "data"
        self.conf = str(slurm.conf)
        self.configure()

    def configure(self, more: str = "") -> None:
        text = AGENT.replace("CONF", self.conf).replace("MORE", more)
        (self.folder / "agent.hcl").write_text(text)

    def words(self, *words: str) -> list[str]:
        return [str(COMMAND), *words, "--config", "agent.hcl", "--data-dir", str(self.data)]

    def job(self, config: str, resources: str = "") -> list[str]:
        text = JOB.replace("CONFIG", config).replace("RESOURCES", resources)
        (self.folder / "job.nomad.hcl").write_text(text)
        return self.words("run", "job.nomad.hcl")

    def __call__(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False, timeout=90)

    def start(self, words: list[str]) -> subprocess.Popen[str]:
        running = subprocess.Popen(
            words, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        return running

    def says(self, name: str, text: str) -> None:
        assert text == (GOLDEN / f"{name}.txt").read_text()


@pytest.fixture
def operator(tmp_path: Path, slurm: SingleNode) -> Iterator[Operator]:
    yield Operator(tmp_path, slurm)
    end_supervisor(tmp_path / "data")


def test_a_job_runs_and_its_output_and_code_come_back(operator: Operator) -> None:
    done = operator(operator.job('script = "echo $NOMAD_TASK_NAME; echo oops >&2; exit 3"'))
    assert (done.stdout, done.returncode) == ("t\n", 3), done.stderr
    assert "oops" in done.stderr
    assert "runs on localhost" in done.stderr or "Terminated" in done.stderr


def test_the_logs_are_rotated_as_any_others(operator: Operator) -> None:
    done = operator(operator.job('command = "head"\nargs = ["-c", "2500000", "/dev/zero"]'))
    assert (len(done.stdout), done.returncode) == (2_500_000, 0), done.stderr
    (logs,) = operator.data.glob("alloc/*/alloc/logs")
    found = {path.name: path.stat().st_size for path in logs.iterdir()}
    assert found == {"t.stdout.1": 1024 * 1024, "t.stdout.2": 2_500_000 - 2 * 1024 * 1024, "t.stderr.0": 0}


def test_ctrl_c_ends_the_job(operator: Operator, slurm: SingleNode) -> None:
    running = operator.start(operator.job('script = "echo ready; exec sleep 60"'))
    running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=60)
    assert running.returncode == 130, (out, said)
    assert not slurm.jobs("PENDING,RUNNING,COMPLETING")


def test_a_job_outlives_its_host_and_is_stopped_later(operator: Operator, slurm: SingleNode) -> None:
    gate = operator.folder / "gate"
    script = f"echo ready; until [ -e {gate} ]; do sleep 0.1; done; echo late; exec sleep 60"
    running = operator.start(operator.job(f'script = "{script}"'))
    running.kill()
    running.communicate()
    gate.touch()
    status = operator(operator.words("status", "--json"))
    (state,) = json.loads(status.stdout)
    assert (state["task"], state["state"], status.stderr) == ("t", "running", "")
    (logs,) = operator.data.glob("alloc/*/alloc/logs")
    until(lambda: b"late" in b"".join(path.read_bytes() for path in logs.glob("*stdout*")))
    done = operator(operator.words("stop", logs.parents[1].name))
    assert done.returncode == 0, done.stderr
    assert (logs / "t.stdout.0").read_text() == "ready\nlate\n"
    assert not slurm.jobs("PENDING,RUNNING,COMPLETING")
    assert sorted(path.name for path in logs.iterdir()) == ["t.stderr.0", "t.stdout.0"]


def test_a_time_limit_ends_with_124(operator: Operator) -> None:
    done = operator(operator.job('command = "sleep"\nargs = 60\ntime_limit = "1s"'))
    assert done.returncode == 124, done.stderr


def test_a_limit_that_the_cluster_does_not_hold_is_refused(operator: Operator) -> None:
    cores = "resources {\n cores = 2\n }"
    done = operator(operator.job('command = "nproc"', cores))
    assert done.returncode == 2
    operator.says("limit", done.stderr)
    (operator.folder / "agent.hcl").write_text(
        (operator.folder / "agent.hcl").read_text().replace("config {", 'config {\n limits = "best_effort"')
    )
    assert operator(operator.job('command = "nproc"', cores)).returncode == 0


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("plugin-key", 'partiton = "main"\n answer_timeout = "soon"'),
        ("plugin-time", 'answer_timeout = "0s"'),
        ("plugin-own-option", 'allowed_options = ["constraint", "output"]'),
        ("plugin-no-option", 'allowed_options = ["--nice"]'),
    ],
)
def test_mistakes_in_the_plugin_block_are_told(operator: Operator, name: str, more: str) -> None:
    operator.configure(more)
    done = operator(operator.job('script = "true"'))
    assert done.returncode == 2
    operator.says(name, done.stderr)


def test_mistakes_in_a_task_are_told_at_once(operator: Operator) -> None:
    done = operator(operator.job('comand = "true"\n nodes = "two"\n time_limit = "soon"'))
    assert done.returncode == 2
    operator.says("task", done.stderr)


def test_what_types_can_not_say_is_told_before_anything_runs(operator: Operator) -> None:
    done = operator(operator.job('script = "true"\n command = "true"\n options {\n constraint = "fast"\n }'))
    assert done.returncode == 2
    operator.says("refused", done.stderr)


def test_what_the_readme_shows_is_right(operator: Operator) -> None:
    agent, job = re.findall(r"```hcl\n(.*?)```", README.read_text(), re.DOTALL)
    here = f'config {{\n limits = "best_effort"\n slurm_conf = "{operator.conf}"'
    (operator.folder / "agent.hcl").write_text(agent.replace("config {", here))
    (operator.folder / "job.nomad.hcl").write_text(job)
    done = operator(operator.words("validate", "job.nomad.hcl"))
    assert done.returncode == 0, done.stderr


def test_the_node_shows_the_cluster(operator: Operator) -> None:
    found = json.loads(operator(operator.words("node", "--json")).stdout)
    assert found["drivers"]["slurm"]["health"] == "healthy"
    assert found["attributes"]["driver.slurm.cluster"] == "ostler"


def test_a_job_may_ask_for_a_cluster(operator: Operator) -> None:
    path = operator.job('script = "echo on ${attr.driver.slurm.cluster}"')
    assert operator(path).stdout == "on ostler\n"
