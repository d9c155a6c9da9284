"""A job written in HCL's JSON form is the same job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ostler.jobs import read_api
from ostler.jobs.blocks import Kind
from ostler.jobs.text import read
from tests.jobs.test_canonical import CASES, REAL, WRITTEN

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.jobs.found import Found


def literal(value: object) -> object:
    """Write a value so that no text in it is a template."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return [literal(item) for item in value]
    if isinstance(value, dict):
        return {name: literal(item) for name, item in value.items()}
    return value


def in_json(found: Found) -> dict[str, Any]:
    """Write a block in HCL's JSON: nested blocks as lists, each below its label."""
    document: dict[str, Any] = {}
    for name, value in found.values.items():
        field = found.kind.by_name.get(name)
        if field is not None:
            document[name] = literal(value.plain() if field.kind is Kind.FREE else value)
    for name, blocks in found.blocks.items():
        labelled = blocks and blocks[0].kind.label is not None
        document[name] = [{each.label: in_json(each)} if labelled else in_json(each) for each in blocks]
    return document


@pytest.mark.parametrize("path", [*CASES, *WRITTEN, *REAL], ids=lambda path: path.stem)
def test_the_json_form_of_a_job_is_the_same_job(path: Path) -> None:
    job = read(path.read_bytes(), path.name).job
    text = json.dumps({"job": {job.label: in_json(job)}})
    assert read_api(text, "job.hcl.json") == read_api(path.read_bytes(), path.name)
