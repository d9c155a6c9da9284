from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHAOS = Path(__file__).parents[2] / "benchmarks" / "chaos.py"
ROUNDS = 2


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("launcher")
def test_embedders_and_supervisors_killed_at_random_lose_nothing_and_start_nothing_twice() -> None:
    """Each round is 20 tasks that write and exit; the seed is told, for whoever has to look again."""
    command = [sys.executable, str(CHAOS), "--json", "--rounds", str(ROUNDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert found["faults"] == [], f"seed {found['seed']}"
    assert found["tasks"] == 20 * ROUNDS
    assert sum(found["kills"].values()) >= 1
