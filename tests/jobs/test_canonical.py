"""What `run --output --canonical` prints: files/canonical/NAME.json answers files/canonical/NAME.hcl."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import attrs
import pytest

from ostler.drivers.settings import Located
from ostler.errors import MistakeError
from ostler.jobs import Job, loads, read_api
from ostler.jobs.standing import LATER

FILES = Path(__file__).with_name("files")
CASES = sorted((FILES / "canonical").glob("*.hcl"))
WRITTEN = sorted(path for path in FILES.iterdir() if path.name.endswith((".hcl", ".hcl.json")))
CORPUS = os.environ.get("OSTLER_JOB_CORPUS", "")
REAL = sorted(Path(CORPUS, "hcl").glob("*.hcl")) if CORPUS else []


def canonical_of(text: str | bytes) -> dict[str, Any]:
    return read_api(text, "job", canonical=True)


def subset(document: object, answer: object) -> object:
    """Leave out of a document what the answer doesn't speak of."""
    if isinstance(document, dict) and isinstance(answer, dict):
        return {key: subset(value, answer[key]) for key, value in document.items() if key in answer}
    if isinstance(document, list) and isinstance(answer, list) and len(document) == len(answer):
        return [subset(value, each) for value, each in zip(document, answer, strict=True)]
    return document


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_job_is_filled_in_as_a_server_fills_it_in(path: Path) -> None:
    answer = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert subset(canonical_of(path.read_bytes()), answer) == answer


@pytest.mark.parametrize("path", [*CASES, *WRITTEN, *REAL], ids=lambda path: path.stem)
def test_filling_in_twice_changes_nothing(path: Path) -> None:
    document = canonical_of(path.read_bytes())
    assert canonical_of(json.dumps(document)) == document
    assert canonical_of(json.dumps(document["Job"])) == document
    assert read_api(json.dumps(document), "again") == document


@pytest.mark.parametrize("path", [*WRITTEN, *REAL], ids=lambda path: path.stem)
def test_what_the_api_has_of_a_job_is_filled_in_to_the_same(path: Path) -> None:
    document = read_api(path.read_bytes(), "job")
    assert canonical_of(json.dumps(document)) == canonical_of(path.read_bytes())


def run_of(text: str | bytes) -> tuple[Job, list[object]] | None:
    """Give what is run of a job, its drivers' configs apart from it; None for one that is refused."""
    try:
        job = loads(text, ignore=LATER).job
    except MistakeError:
        return None
    configs = [task.config.value for group in job.groups for task in group.tasks]
    groups = [
        attrs.evolve(group, tasks=tuple(attrs.evolve(task, config=Located()) for task in group.tasks))
        for group in job.groups
    ]
    return attrs.evolve(job, groups=tuple(groups)), configs


@pytest.mark.parametrize("path", [*CASES, *WRITTEN, *REAL], ids=lambda path: path.stem)
def test_the_apis_json_runs_as_its_file(path: Path) -> None:
    written = run_of(path.read_bytes())
    assert run_of(json.dumps(read_api(path.read_bytes(), "job"))) == written


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_job_that_is_filled_in_breaks_no_rule(path: Path) -> None:
    assert run_of(path.read_bytes()) is not None
