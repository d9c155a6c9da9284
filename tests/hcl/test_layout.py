"""The canonical style: what it changes, and what it never does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostler.hcl import HclError, reformat
from ostler.hcl.decoding import decode
from ostler.hcl.tokens import tokens
from tests.hcl.shapes import comments, project_files, shape, spellings
from tests.hcl.texts import bodies

if TYPE_CHECKING:
    import random

CORPUS = os.environ.get("OSTLER_JOB_CORPUS", "")
FILES = sorted(Path(CORPUS, "hcl").glob("*.hcl")) if CORPUS else []
GOLDEN = Path(__file__).with_name("layout")
CASES = sorted(GOLDEN.glob("*.hcl"))


def formatted(text: str | bytes) -> str:
    return reformat(text, "x.hcl")


def same_but_for_space(text: str, result: str) -> bool:
    return (shape(text), comments(text), spellings(text)) == (
        shape(result),
        comments(result),
        spellings(result),
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_file_is_written_like_this(path: Path) -> None:
    """The answers are those of HashiCorp's hclwrite 2.14.1."""
    assert formatted(path.read_bytes()) == path.with_suffix(".formatted").read_text()


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a = 1", "a = 1\n"),
        ("a = 1\n\n\n", "a = 1\n\n\n"),
        ("  \n\t\n", "\n\n"),
        ("", ""),
        ("# c", "# c\n"),
        ("a=1\r\nbb=2 # c \r\n", "a  = 1\r\nbb = 2 # c\r\n"),
        ("a=1\r\nbb=2", "a  = 1\r\nbb = 2\r\n"),
        ("a=<<E\r\n  x \r\n E \r\n", "a = <<E\r\n  x \r\n E \r\n"),
        ("\ufeffa=1\n", "a = 1\n"),
    ],
)
def test_line_ends(text: str, result: str) -> None:
    assert formatted(text.encode()) == result


@pytest.mark.parametrize(
    "text",
    [
        'a = "${ x }  ${y}"\n',
        'a = attr . x [ "y" ]\n',
        'a = b["x"] /* c */ [0]\n',
        "a = -3. 2\n",
        "a = [\n  <<-E\n x ${ y }\n   E\n  , 1\n]\n",
    ],
)
def test_what_may_become_a_value_stays_as_it_is_written(text: str) -> None:
    assert formatted(text) == text


@pytest.mark.parametrize("path", [*project_files(), *FILES], ids=lambda path: path.stem)
def test_a_real_file_keeps_all_but_its_space(path: Path) -> None:
    text = path.read_bytes().decode()
    once = formatted(text)
    assert same_but_for_space(text, once)
    assert formatted(once) == once


@settings(max_examples=100, deadline=None)
@given(bodies())
def test_any_text_keeps_all_but_its_space(text: str) -> None:
    once = formatted(text)
    assert same_but_for_space(text, once)
    assert formatted(once) == once


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(project_files()), st.randoms(use_true_random=False))
def test_it_makes_no_difference_how_the_spaces_were(path: Path, chance: random.Random) -> None:
    text = path.read_text()
    messy = []
    for token in tokens(decode(text, "x.hcl"), tolerant=False):
        space = "" if token.kind == "newline" else chance.choice([" ", "  ", "\t"])
        messy.append(token.text + space)
    # a reference keeps its spaces, a comment those within it
    assert [line.split() for line in formatted("".join(messy)).splitlines()] == [
        line.split() for line in formatted(_spread(text)).splitlines()
    ]


def _spread(text: str) -> str:
    found = tokens(decode(text, "x.hcl"), tolerant=False)
    return "".join(token.text + (" " if token.kind != "newline" else "") for token in found)


def test_an_agent_file_of_old_is_formatted_where_that_is_asked_for() -> None:
    text = '"client" {\nenabled=true,"options"={"a.b"=0x1F\n}\n}\n'
    with pytest.raises(HclError):
        formatted(text)
    once = reformat(text, "x.hcl", tolerant=True)
    assert once == '"client" {\n  enabled = true, "options" = { "a.b" = 0x1F\n  }\n}\n'
    assert shape(once, tolerant=True) == shape(text, tolerant=True)


def test_what_breaks_the_grammar_is_refused_as_ever() -> None:
    with pytest.raises(HclError, match=r"x\.hcl:1:4: expected a value after 'a ='"):
        formatted("a =\n")
