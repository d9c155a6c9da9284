"""Real job specifications, and what Nomad prints of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ostler.errors import MistakeError, Problem
from ostler.jobs import loads, read_api

CORPUS = os.environ.get("OSTLER_JOB_CORPUS", "")
FILES = sorted(Path(CORPUS, "hcl").glob("*.hcl")) if CORPUS else []
pytestmark = pytest.mark.skipif(not FILES, reason="OSTLER_JOB_CORPUS names no folder of job specifications")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_job_is_printed_as_nomad_prints_it(path: Path) -> None:
    answer = json.loads((path.parent.parent / "json" / f"{path.stem}.json").read_text("utf-8"))
    assert read_api(path.read_bytes(), path.name) == answer


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_job_loads_or_is_told_every_reason(path: Path) -> None:
    places = [problem.where for problem in _problems(path)]
    assert all(place.startswith(f"{path.name}:") for place in places)


def _problems(path: Path) -> tuple[Problem, ...]:
    try:
        loads(path.read_bytes(), filename=path.name)
    except MistakeError as error:
        return error.problems
    return ()
