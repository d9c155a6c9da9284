"""Values and trees written as text are read to the same."""

from __future__ import annotations

import math
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostler.hcl import dumps, parse
from ostler.hcl.decoding import decode
from ostler.hcl.printing import text_of
from ostler.hcl.structure import tree
from tests.hcl.shapes import project_files, shape
from tests.hcl.texts import bodies

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(-1e15, 1e15),
        st.text(st.characters(exclude_categories=["Cs"])),
        st.sampled_from(["${x}", "%{x}", "$${x}", "$$", "a$", '"\\\n\t', "\0\ufeff"]),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text("aé-_1 .$for", max_size=4), inner)),
    max_leaves=8,
)


def printed(text: str | bytes) -> str:
    return text_of(tree(decode(text, "x.hcl"), tolerant=False))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-zé_][a-z0-9_-]{0,5}", fullmatch=True), VALUES, max_size=3))
def test_values_are_read_back_as_they_were(values: dict[str, object]) -> None:
    read = {name: found.value.plain() for name, found in parse(dumps(values), "x.hcl").attributes().items()}
    assert read == composed(values)


def composed(value: object) -> object:
    """Give a value with its texts in the one form that the language keeps them in."""
    if isinstance(value, dict):
        return {composed(key): composed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [composed(each) for each in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def test_a_text_is_read_back_composed() -> None:
    (read,) = parse(dumps({"a": "e\u0301 \U0002f800"}), "x.hcl").attributes().values()
    assert read.value.plain() == "\u00e9 \u4e3d"


def test_values_are_written_in_the_canonical_style() -> None:
    values = {"count": -1, "a": {"b c": [1.5, None], "for": True, "d": {}}, "text": "${x}\n"}
    assert dumps(values) == (
        'count = -1\na = {\n  "b c" = [1.5, null]\n  "for" = true\n  d     = {}\n}\ntext = "$${x}\\n"\n'
    )


def test_a_decimal_keeps_its_digits() -> None:
    assert dumps({"a": Decimal("0.10000000000000000000001"), "b": Decimal("-2E+3")}) == (
        "a = 0.10000000000000000000001\nb = -2000\n"
    )


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (math.nan, ValueError),
        (-math.inf, ValueError),
        (10**2000, ValueError),
        (10**5000, ValueError),
        ("\ud800", ValueError),
        ({1, 2}, TypeError),
        (b"", TypeError),
    ],
    ids=["nan", "infinite", "long", "longer", "surrogate", "set", "bytes"],
)
def test_what_cannot_be_written_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        dumps({"a": [value]})


def test_a_name_that_is_none_and_a_value_without_end_are_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="more than 100 levels"):
        dumps({"a": endless})
    with pytest.raises(ValueError, match="is no name"):
        dumps({"a b": 1})
    assert dumps({}) == ""


def test_a_hundred_levels_are_written() -> None:
    value: object = 1
    for _ in range(100):
        value = [value]
    assert parse(dumps({"a": value}), "x.hcl").attributes()["a"].value.plain() == value


@settings(max_examples=100, deadline=None)
@given(bodies())
def test_a_tree_is_read_back_as_it_was(text: str) -> None:
    first = printed(text)
    assert shape(first) == shape(text)
    assert printed(first) == first


@pytest.mark.parametrize("path", project_files(), ids=lambda path: path.stem)
def test_a_file_is_read_back_as_it_was(path: object) -> None:
    text = path.read_bytes()  # type: ignore[attr-defined]
    assert shape(printed(text)) == shape(text)
