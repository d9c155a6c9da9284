"""Whatever a function is called with, it gives a value or says what is wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ostler.hcl import JOB_FUNCTIONS, Environment, HclError, Limits, Scope, parse_expression
from ostler.hcl.conversion import convert
from ostler.hcl.functions.json_text import json_text
from ostler.hcl.types import DYNAMIC, STRING, ListType, MapType, SetType

if TYPE_CHECKING:
    from pathlib import Path

NAMES: Final = sorted(set(JOB_FUNCTIONS.names) - {"bcrypt"})  # it would take its time
ODD: Final = [
    *("", "%", "%s", "%5.2f", "%[2]q", "$1", "(a*)*", "[", "a,b\n1,2", "a: [b, *c]", "&a [*a]", '{"a":[1]}'),
    *(
        "2024-02-29T12:30:00Z",
        "YYYY 'x",
        "1h30m",
        "10.0.0.0/8",
        "fd00::/64",
        "**/*.x",
        "../{a,b}",
        "~",
        "\r\n",
    ),
    *("${attr.x}", "dns", "é", "👨‍👩‍👧", "=", "AAAA", "1e999", "-0", "\0", "<<: 1", "'", '"'),
]
TEXTS: Final = st.text(max_size=12) | st.sampled_from(ODD)
NUMBERS: Final = (
    st.integers(-3, 70)
    | st.integers()
    | st.sampled_from([10**999, -(10**20), Decimal("0.5"), Decimal("1e-900"), Decimal("-1.005")])
)
PLAIN: Final = st.none() | st.booleans() | TEXTS | NUMBERS
VALUES: Final[st.SearchStrategy[Any]] = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
TYPED: Final = (
    st.lists(TEXTS | NUMBERS, max_size=4).map(lambda items: convert(items, ListType(STRING)))
    | st.lists(TEXTS, max_size=4).map(lambda items: convert(items, SetType(STRING)))
    | st.dictionaries(TEXTS, TEXTS, max_size=3).map(lambda items: convert(items, MapType(DYNAMIC)))
)


BY_TYPE: Final[dict[str, st.SearchStrategy[Any]]] = {
    "string": TEXTS | NUMBERS,
    "number": NUMBERS,
    "any": VALUES | TYPED,
    "list(string)": st.lists(TEXTS | NUMBERS | st.none(), max_size=4),
    "list(any)": st.lists(PLAIN, max_size=4) | TYPED,
    "set(any)": st.lists(PLAIN, max_size=4) | TYPED,
}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """Draw a function and arguments, mostly of its parameters' types."""
    name = draw(st.sampled_from(NAMES))
    function = JOB_FUNCTIONS.find(name)
    assert function is not None
    parameters = list(function.parameters)
    if function.variadic:
        parameters += [function.variadic] * draw(st.integers(0, 3))
    drawn = [draw(BY_TYPE[str(parameter.type)] | VALUES) for parameter in parameters]
    return name, drawn


@given(call=calls())
@settings(
    max_examples=400,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_call_has_a_value_or_an_error_of_the_language(
    call: tuple[str, list[Any]], tmp_path: Path
) -> None:
    name, arguments = call
    environment = Environment(f"{tmp_path}/none", limits=Limits(200_000, 4 << 20))
    names = {"var": {f"a{index}": each for index, each in enumerate(arguments)}}
    scope = Scope(names, functions=JOB_FUNCTIONS, environment=environment)
    written = f"{name}({', '.join(f'var.a{index}' for index in range(len(arguments)))})"

    problems = attempted(written, scope)

    assert [words for words in problems if len(words) > 1000] == []


def attempted(call: str, scope: Scope) -> list[str]:
    try:
        json_text(parse_expression(call, "call").evaluate(scope))
    except HclError as error:
        return [problem.message for problem in error.diagnostics]
    return []
