"""The words of every mistake: golden/NAME.txt holds what is said of golden/NAME.hcl or NAME.json."""

from __future__ import annotations

from pathlib import Path

import pytest

from ostler.hcl import Body, Diagnostic, HclError, Schema, parse, parse_json

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(path for path in GOLDEN.iterdir() if path.suffix != ".txt")
JOB = Schema(
    attributes=frozenset({"driver", "count", "args"}),
    blocks={"job": ("name",), "task": ("name",), "restart": (), "config": ()},
    single=frozenset({"restart"}),
    either=frozenset({"env"}),
)


def problems_of(body: Body) -> list[Diagnostic]:
    content = body.content(JOB)
    found = list(content.diagnostics)
    for block in content.blocks:
        if block.type != "config":
            found += problems_of(block.body)
            continue
        try:
            block.body.free()
        except HclError as error:
            found += error.diagnostics
    return found


def words_of(path: Path) -> str:
    read = parse_json if path.suffix == ".json" else parse
    try:
        found = HclError(problems_of(read(path.read_bytes(), path.name)))
    except HclError as error:
        found = error
    return f"{found}\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_mistake_is_told_in_these_words(path: Path) -> None:
    assert words_of(path) == path.with_suffix(".txt").read_text()


def test_every_problem_names_its_line_and_column() -> None:
    for path in CASES:
        for line in words_of(path).splitlines():
            name, row, column, text = line.split(":", 3)
            assert name == path.name
            assert int(row) >= 1
            assert int(column) >= 1
            assert text.startswith(" ")
