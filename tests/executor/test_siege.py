from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SIEGE = Path(__file__).parents[2] / "benchmarks" / "siege.py"
SECONDS = 4


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("launcher")
def test_an_embedder_of_many_threads_is_told_the_truth_while_its_supervisor_is_killed() -> None:
    command = [sys.executable, str(SIEGE), "--json", "--seconds", str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert found["faults"] == [], f"seed {found['seed']}"
    assert found["acts"]["killed"] >= 1
    assert found["acts"]["wait"] >= 1
