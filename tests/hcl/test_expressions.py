"""What expressions give, and what is said of those that give nothing: the tables in expressions/.

A table holds expressions between blank lines, each followed by its value as JSON and its type (``= 3 :
number``) or by what is wrong with it (``! ...``).  ``OSTLER_GOLDEN=write`` writes what is found.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from ostler.hcl import JOB_FUNCTIONS, HclError, Scope, parse_expression
from ostler.hcl.datum import TypedList, TypedMap, TypedSet, number_text, type_of
from ostler.hcl.types import NUMBER, STRING

TABLES: Final = sorted(Path(__file__).with_name("expressions").glob("*.txt"))
_OBJECTS: Final = [{"name": "one", "p": [1, 2]}, {"name": "two", "p": [3, 4]}]
VARIABLES: Final = {
    "n": 3,
    "s": "web",
    "t": True,
    "nul": None,
    "list": TypedList(["a", "b"], STRING),
    "elist": TypedList([], STRING),
    "nums": TypedList([1, 2, 3], NUMBER),
    "set": TypedSet(["y", "x"], STRING),
    "map": TypedMap({"b": "2", "a": "1"}, STRING),
    "emap": TypedMap({}, NUMBER),
    "obj": {"id": 1, "tags": TypedList(["t"], STRING), "n": None},
    "objs": TypedList(_OBJECTS, type_of(_OBJECTS[0])),
}


def written(datum: object) -> str:
    """Give JSON with every digit of a number."""
    if isinstance(datum, list):
        return f"[{', '.join(map(written, datum))}]"
    if isinstance(datum, dict):
        return f"{{{', '.join(f'{json.dumps(name)}: {written(datum[name])}' for name in sorted(datum))}}}"
    return number_text(datum) if isinstance(datum, Decimal) else json.dumps(datum, ensure_ascii=False)


def result_of(text: str) -> str:
    scope = Scope({"var": VARIABLES}, functions=JOB_FUNCTIONS)
    try:
        datum = parse_expression(text, "x").evaluate(scope)
    except HclError as error:
        return "".join(f"    ! {line.removeprefix('x:')}\n" for line in str(error).splitlines())
    return f"    = {written(datum)} : {type_of(datum)}\n"


def expressions_of(table: Path) -> list[str]:
    found = table.read_text("utf-8").strip().split("\n\n")
    return [
        "\n".join(line for line in each.split("\n") if line[:6] not in {"    = ", "    ! "}) for each in found
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_expressions_give_what_the_table_says(table: Path) -> None:
    found = "\n".join(f"{each}\n{result_of(each)}" for each in expressions_of(table))
    if os.environ.get("OSTLER_GOLDEN") == "write":
        table.write_text(found, "utf-8")
    assert found == table.read_text("utf-8")
