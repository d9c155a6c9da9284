"""What `run --output` prints: files/NAME.json is the hand-checked answer to files/NAME.hcl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ostler.errors import MistakeError
from ostler.jobs import read_api

FILES = Path(__file__).with_name("files")
CASES = sorted(path for path in FILES.iterdir() if path.name.endswith((".hcl", ".hcl.json")))
WHOLE = {"whole.hcl"}


def output_of(path: Path) -> dict[str, Any]:
    return read_api(path.read_bytes(), path.name)


def answer_to(path: Path) -> Any:  # noqa: ANN401 - a JSON document
    return json.loads((FILES / f"{path.name.split('.')[0]}.json").read_text("utf-8"))


def said_in(document: object, answer: object) -> object:
    """Leave out what the answer leaves out and the document doesn't set."""
    if isinstance(document, dict) and isinstance(answer, dict):
        unset = (None, "", 0, False)
        return {
            key: said_in(value, answer.get(key))
            for key, value in document.items()
            if key in answer or not any(value is each or value == each for each in unset)
        }
    if isinstance(document, list) and isinstance(answer, list) and len(document) == len(answer):
        return [said_in(value, each) for value, each in zip(document, answer, strict=True)]
    return document


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.split(".")[0])
def test_a_job_is_printed_as_the_api_has_it(path: Path) -> None:
    document, answer = output_of(path), answer_to(path)
    assert (document if path.name in WHOLE else said_in(document, answer)) == answer


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.split(".")[0])
def test_the_printed_job_reads_to_the_same_output(path: Path) -> None:
    document = output_of(path)
    again = read_api(json.dumps(document), "again.json")
    assert again == document


def test_a_job_without_the_key_job_round_it_reads_the_same() -> None:
    document = output_of(FILES / "conversions.hcl")
    assert read_api(json.dumps(document["Job"]), "inner.json") == document


def test_what_a_server_filled_in_is_kept() -> None:
    document = read_api('{"ID": "a", "Stop": true, "Version": 3, "Status": "running"}', "job.json")
    assert {key: document["Job"][key] for key in ("Stop", "Version", "Status")} == {
        "Stop": True,
        "Version": 3,
        "Status": "running",
    }


def test_output_judges_no_rule_and_refuses_no_block() -> None:
    text = 'job "a b" { group "g" { task "alloc" { template {} } } }'
    assert (
        read_api("\n".join(text.split(" { ")).replace("\n", " {\n").replace("}", "}\n"), "f")["Job"]["ID"]
        == "a b"
    )


def test_output_refuses_a_text_that_cannot_be_read() -> None:
    with pytest.raises(MistakeError):
        read_api('job "x" {', "f")
