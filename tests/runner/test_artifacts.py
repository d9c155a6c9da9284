"""Artifacts as a job asks for them, fetched on the way to a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler import Client

if TYPE_CHECKING:
    from pathlib import Path

AGENT = """
client {
  artifact {
    allowed_schemes = ["file"]
    allowed_paths   = ["."]
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
"""
JOB = """
job "reader" {
  type = "batch"
  group "reader" {
    task "reader" {
      driver = "raw_exec"
      artifact {
        source = "words.txt"
        %s
      }
      config {
        command = "/bin/sh"
        args    = ["-c", "cat local/*"]
      }
      restart {
        attempts = 0
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    "settings",
    [
        "",
        'mode = "file"',
        'mode = "file"\n destination = "local/renamed"',
        'mode = "any"\n destination = "local/"',
        'destination = "${NOMAD_TASK_DIR}"',
    ],
)
def test_a_file_beside_the_job_is_fetched(settings: str, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "agent.hcl").write_text(AGENT)
    (tmp_path / "words.txt").write_text("some words")
    job = tmp_path / "job.nomad.hcl"
    job.write_text(JOB % settings)
    with Client(tmp_path / "agent.hcl", data_dir=data_dir) as client:
        result = client.run(job)
    assert (result.output, result.failure) == (b"some words", "")
