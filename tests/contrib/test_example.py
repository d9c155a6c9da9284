"""The example driver, installed by pip as a stranger's would be, runs a job by the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contrib.environments import run

if TYPE_CHECKING:
    from pathlib import Path

AGENT = """
plugin "example" {
  config {
    greeting = "hello from the plugin block"
  }
}
"""
JOB = """
job "stranger" {
  type = "batch"
  group "only" {
    restart {
      attempts = 0
    }
    task "hello" {
      driver = "example"
      config {
        script = "echo task ${NOMAD_TASK_NAME}; exit 3"
      }
    }
  }
}
"""


def test_a_job_runs_through_the_driver(programs: Path, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "agent.hcl").write_text(AGENT)
    (tmp_path / "job.nomad.hcl").write_text(JOB)
    arguments = ("--config", "agent.hcl", "--data-dir", data_dir, "job.nomad.hcl")
    done = run(programs / "ostler", "run", *arguments, folder=tmp_path)
    assert (done.stdout, done.returncode) == ("hello from the plugin block\ntask hello\n", 3), done.stderr


def test_a_mistake_in_the_plugin_block_is_told(programs: Path, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "agent.hcl").write_text(AGENT.replace("greeting", "greetin"))
    (tmp_path / "job.nomad.hcl").write_text(JOB)
    arguments = ("--config", "agent.hcl", "--data-dir", data_dir, "job.nomad.hcl")
    done = run(programs / "ostler", "run", *arguments, folder=tmp_path)
    assert (done.stdout, done.returncode) == ("", 2)
    words = "plugin.example.config.greetin: unknown key 'greetin'; did you mean 'greeting'?"
    assert done.stderr.startswith("agent.hcl:4:")
    assert words in done.stderr
