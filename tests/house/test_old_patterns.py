"""Patterns that early releases of Python 3.11 match wrongly."""

from __future__ import annotations

import re

from tests.house import source

# gh-106052, mended in 3.11.5: a possessive repeat of a group that can backtrack loses its place.
POSSESSIVE_GROUP = re.compile(r"\)(?:\*|\+|\?|\{\d*,?\d*\})\+|\(\?>")


def test_no_pattern_repeats_a_group_possessively() -> None:
    found = [
        f"{path}:{number}"
        for path in sorted((source.ROOT / "core").rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if POSSESSIVE_GROUP.search(line)
    ]
    assert found == []
