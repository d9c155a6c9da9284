"""The functions' values and errors, by the tables in ``functions/``.

The values were compared with those of HashiCorp's own functions in Go. A line of a table is a call, the
next one what it gives: ``= JSON``, or ``! column: words`` for an error.  Words that a library chose are left
out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from ostler.hcl import JOB_FUNCTIONS, HclError, Scope, parse_expression
from ostler.hcl.functions.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.hcl.datum import Datum

TABLES: Final = sorted(Path(__file__).with_name("functions").glob("*.txt"))


class Row(NamedTuple):
    """A call, ``=`` or ``!``, and the JSON or the words."""

    call: str
    sign: str
    result: str

    @property
    def name(self) -> str:
        """The function."""
        return self.call.partition("(")[0]


def rows(sign: str) -> Iterator[Row]:
    for table in TABLES:
        lines = table.read_text("utf-8").splitlines()
        for call, result in zip(lines[::2], lines[1::2], strict=True):
            found = result.strip()
            assert found[:2] in {"= ", "! "}, (table, call)
            if found[0] == sign:
                yield Row(call, sign, found[2:])


VALUES: Final = list(rows("="))
ERRORS: Final = list(rows("!"))
NAMES: Final = sorted({row.name for row in VALUES + ERRORS})


@pytest.mark.parametrize("name", NAMES)
def test_a_function_gives_its_values(name: str) -> None:
    wanted = {row.call: row.result for row in VALUES if row.name == name}
    assert {call: json_text(evaluated(call)) for call in wanted} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_call_that_is_wrong_says_where_and_why(name: str) -> None:
    wanted = {row.call: row.result for row in ERRORS if row.name == name}
    found = {call: complaint(call) for call in wanted}
    assert {call: words[: len(wanted[call])] for call, words in found.items()} == wanted


def evaluated(call: str) -> Datum:
    return parse_expression(call, "call").evaluate(Scope(functions=JOB_FUNCTIONS))


def complaint(call: str) -> str:
    with pytest.raises(HclError) as caught:
        evaluated(call)
    (problem,) = caught.value.diagnostics
    return f"{problem.range.start.column}: {problem.message}"


def test_most_functions_have_values_and_errors_in_a_table() -> None:
    """Else a table might be read as empty; what is missing depends on the machine or on chance."""
    own = {
        "abspath",
        "bcrypt",
        "file",
        "filebase64",
        "fileexists",
        "fileset",
        "pathexpand",
        "rsadecrypt",
        "uuidv4",
    }
    called = {row.call.partition("(")[0] for row in VALUES}
    assert set(JOB_FUNCTIONS.names) - called == own
    assert len(VALUES) > 500
    assert len(ERRORS) > 200
