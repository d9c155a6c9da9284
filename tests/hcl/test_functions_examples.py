"""The examples in the functions' docstrings, which the reference shows, and that none is missing."""

from __future__ import annotations

import pytest
from tools.reference.functions import examples, names

from ostler.hcl import JOB_FUNCTIONS, Scope, parse_expression
from ostler.hcl.functions.json_text import json_text

NAMES = names()
WITHOUT = {"rsadecrypt"}  # a key would fill the page
EXAMPLES = [(name, *each) for name in NAMES for each in examples(name)]


@pytest.mark.parametrize(("name", "call", "result"), EXAMPLES, ids=[call for _, call, _ in EXAMPLES])
def test_an_example_gives_what_stands_behind_it(name: str, call: str, result: str) -> None:
    scope = Scope(functions=JOB_FUNCTIONS)

    found = parse_expression(call, "call").evaluate(scope)
    wanted = parse_expression(result, "result").evaluate(scope)

    assert json_text(found) == json_text(wanted)
    assert f"{name}(" in call or name == "strrev"


def test_every_function_has_an_example_and_names_its_source() -> None:
    described = {name for name, *_ in EXAMPLES}
    assert set(NAMES) - described == WITHOUT
    functions = {name: JOB_FUNCTIONS.find(name) for name in JOB_FUNCTIONS.names}
    unsourced = [
        name for name, each in functions.items() if each and "Source: go-cty" not in str(each.call.__doc__)
    ]
    assert unsourced == []
    assert len(NAMES) == 83
