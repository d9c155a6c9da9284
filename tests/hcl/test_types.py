"""Types: their words, their expressions, and which are the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ostler.hcl.datum import TypedList, TypedMap, TypedSet, describe_datum, type_of
from ostler.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    describe,
)


@pytest.mark.parametrize(
    ("kind", "written", "words"),
    [
        (STRING, "string", "a string"),
        (NUMBER, "number", "a number"),
        (BOOL, "bool", "a bool"),
        (DYNAMIC, "any", "any value"),
        (ListType(STRING), "list(string)", "a list of strings"),
        (ListType(DYNAMIC), "list(any)", "a list"),
        (SetType(MapType(BOOL)), "set(map(bool))", "a set of maps of bools"),
        (MapType(ListType(NUMBER)), "map(list(number))", "a map of lists of numbers"),
        (TupleType([STRING, BOOL]), "tuple([string, bool])", "a tuple of 2"),
        (ListType(TupleType([BOOL])), "list(tuple([bool]))", "a list of tuples of 1"),
        (
            ObjectType({"a": STRING, "b": NUMBER}, {"b": 1}),
            "object({a = string, b = optional(number)})",
            "an object",
        ),
    ],
)
def test_a_type_is_told_in_the_language_and_in_words(kind: Type, written: str, words: str) -> None:
    assert str(kind) == written
    assert describe(kind) == words


@pytest.mark.parametrize(
    ("datum", "kind"),
    [
        ("x", STRING),
        (1, NUMBER),
        (Decimal("1.5"), NUMBER),
        (True, BOOL),
        (None, DYNAMIC),
        ([1, "a"], TupleType([NUMBER, STRING])),
        ({"a": [True]}, ObjectType({"a": TupleType([BOOL])})),
        (TypedList([1], NUMBER), ListType(NUMBER)),
        (TypedSet([], STRING), SetType(STRING)),
        (TypedMap({}, ListType(BOOL)), MapType(ListType(BOOL))),
    ],
)
def test_a_value_has_a_type(datum: object, kind: Type) -> None:
    assert type_of(datum) == kind


def test_types_of_different_kinds_are_never_the_same() -> None:
    kinds = [STRING, ListType(STRING), SetType(STRING), MapType(STRING), TupleType([STRING]), ObjectType({})]
    assert sum(one == other for one in kinds for other in kinds) == len(kinds)
    assert ObjectType({"a": STRING}) != ObjectType({"a": STRING}, {"a": None})


def test_a_set_has_every_value_once_in_their_order() -> None:
    assert TypedSet(["b", "a", "b"], STRING) == ["a", "b"]
    assert TypedSet([10, Decimal("1.5"), 2, 10], NUMBER) == [Decimal("1.5"), 2, 10]
    assert TypedSet([True, False], BOOL) == [False, True]


@pytest.mark.parametrize(
    ("datum", "words"),
    [
        (None, "null"),
        ("it", "the string 'it'"),
        ("a\nb", "the string 'a\\nb'"),
        ("x" * 70, f"the string '{'x' * 57}...'"),
        (True, "true"),
        (7, "the number 7"),
        (Decimal("1E+3"), "the number 1000"),
        (Decimal("1.50"), "the number 1.5"),
        ([], "a list"),
        (TypedSet([], STRING), "a set"),
        ({}, "an object"),
        (TypedMap({}, STRING), "a map"),
    ],
)
def test_a_value_that_was_found_is_told_in_words(datum: object, words: str) -> None:
    assert describe_datum(datum) == words
