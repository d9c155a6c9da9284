"""Real job specifications, and what Nomad reads in them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ostler.hcl import Block, Body, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = os.environ.get("OSTLER_JOB_CORPUS", "")
FILES = sorted(Path(CORPUS, "hcl").glob("*.hcl")) if CORPUS else []
pytestmark = pytest.mark.skipif(not FILES, reason="OSTLER_JOB_CORPUS names no folder of job specifications")


def tasks_of(body: Body) -> Iterator[Block]:
    for block in body.blocks():
        if block.type in {"job", "group"}:
            yield from tasks_of(block.body)
        elif block.type == "task":
            yield block


def config_of(task: Block) -> object:
    return next((block.body.free().plain() for block in task.body.blocks() if block.type == "config"), None)


def expected_of(path: Path) -> list[Any]:
    job = json.loads((path.parent.parent / "json" / f"{path.stem}.json").read_text())["Job"]
    return [task["Config"] for group in job["TaskGroups"] or [] for task in group["Tasks"] or []]


def test_the_config_of_every_task_is_what_nomad_reads() -> None:
    for path in FILES:
        body = parse(path.read_bytes(), path.name)
        assert [config_of(task) for task in tasks_of(body)] == expected_of(path), path.name
