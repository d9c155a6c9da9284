"""The command, with the SDK as `opentelemetry-instrument` configures it and a block in the agent's file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conftest import job

AGENT = """
wrapper "opentelemetry" {
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
"""
INSTRUMENT = Path(sys.executable).with_name("opentelemetry-instrument")
EXPORTERS = {
    "OTEL_LOGS_EXPORTER": "none",
    "OTEL_METRICS_EXPORTER": "console",
    "OTEL_SERVICE_NAME": "ostler",
    "OTEL_TRACES_EXPORTER": "console",
}


def test_a_run_of_the_command_exports_spans_and_metrics_before_it_ends(tmp_path: Path) -> None:
    (tmp_path / "agent.hcl").write_text(AGENT)
    (tmp_path / "job.nomad.hcl").write_text(job("raw_exec", 'command = "/bin/true"'))
    words = ("--data-dir", "data", "run", "--config", "agent.hcl", "job.nomad.hcl")
    done = subprocess.run(
        [INSTRUMENT, "--", sys.executable, "-m", "ostler.cli", *words],
        cwd=tmp_path,
        env=os.environ | EXPORTERS,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    for name in ("task raw_exec", "start raw_exec", "destroy raw_exec", "close raw_exec"):
        assert f'"name": "{name}"' in done.stderr
    assert '"name": "ostler.task.ends"' in done.stderr
    assert done.stdout == ""  # which holds what tasks write, and nothing else
