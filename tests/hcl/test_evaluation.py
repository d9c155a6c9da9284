"""What holds of every expression: Hypothesis writes them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ostler.hcl import JOB_FUNCTIONS, Diagnostic, HclError, Scope, parse_expression
from ostler.hcl.conversion import convert
from ostler.hcl.datum import type_of
from ostler.hcl.operators import equal
from ostler.hcl.types import STRING
from ostler.hcl.unification import unify
from tests.hcl.texts import EXPRESSIONS

NAMES = {"var": {"a": [1, 2]}, "a": {"c": [1, {"d": "x"}]}, "b_c": "text", "x": 1, "if": None}
LITERALS = st.recursive(
    st.sampled_from(["0", "1.5", '"a"', '"1"', "true", "null"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"k{n} = {item}" for n, item in enumerate(items)) + "}"
        ),
    ),
    max_leaves=6,
)


def evaluated(text: str) -> object:
    scope = Scope(NAMES, functions=JOB_FUNCTIONS)
    return parse_expression(text, "x").evaluate(scope)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_an_expression_has_a_value_or_a_mistake_with_a_place(text: str) -> None:
    problems: tuple[Diagnostic, ...] = ()
    try:
        datum = evaluated(text)
    except HclError as error:
        problems = error.diagnostics
    else:
        assert equal(convert(datum, type_of(datum)), datum)
    assert all(found.message for found in problems)
    assert all(found.range.start.offset <= len(text) for found in problems)


@settings(max_examples=100, deadline=None)
@given(LITERALS, LITERALS)
def test_both_results_of_a_conditional_are_converted_to_one_type(one: str, other: str) -> None:
    kind = unify([type_of(evaluated(one)), type_of(evaluated(other))])
    try:
        chosen, passed = (evaluated(f"{condition} ? {one} : {other}") for condition in ("true", "false"))
    except HclError:
        assert kind is None
        return
    assert kind is not None
    assert equal(chosen, convert(evaluated(one), kind))
    assert equal(passed, convert(evaluated(other), kind))


@settings(max_examples=100, deadline=None)
@given(LITERALS)
def test_a_value_is_equal_to_itself_and_has_one_order_in_a_set(text: str) -> None:
    assert evaluated(f"{text} == {text}") is True
    assert evaluated(f"length(convert([{text}, {text}], set(any)))") == 1


@settings(max_examples=100, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_number_is_the_same_after_it_was_a_text(number: object) -> None:
    text = f"{number:f}"
    assert evaluated(f"convert(convert({text}, string), number) == {text}") is True
    assert evaluated(f'"{text}" + 0 == {text}') is True
    assert type_of(evaluated(f"convert({text}, string)")) == STRING
