"""Short forms of the benchmarks that kill; each tells its seed, for whoever has to look again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROUNDS, SECONDS = 2, 4


def found_by(name: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, str(BENCHMARKS / name), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["faults"] == [], f"seed {found['seed']}"
    return found


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("launcher")
def test_embedders_and_supervisors_killed_at_random_lose_nothing_and_start_nothing_twice() -> None:
    """Each round is 20 tasks that write and exit."""
    found = found_by("chaos.py", "--rounds", str(ROUNDS))
    assert found["tasks"] == 20 * ROUNDS
    assert sum(found["kills"].values()) >= 1


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("launcher")
def test_an_embedder_of_many_threads_is_told_the_truth_while_its_supervisor_is_killed() -> None:
    acts = found_by("siege.py", "--seconds", str(SECONDS))["acts"]
    assert acts["killed"] >= 1
    assert acts["wait"] >= 1
