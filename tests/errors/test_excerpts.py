"""What is shown of a text in which something is wrong."""

from __future__ import annotations

import copy
import time

import pytest

from ostler.errors import MistakeError, Problem
from ostler.hcl.position import Source
from ostler.places import Place


def shown(text: str, marked: str, *, width: int = 60, masked: bool = False, colour: bool = False) -> str:
    """Show the place of ``marked``, whose last sign may be the end of a line."""
    start = text.index(marked)
    stretch = Source(text, "a.hcl").range(start, start + len(marked))
    error = MistakeError([Problem(Place.of(stretch, masked=masked), "x", "wrong")])
    return error.shown(width=width, colour=colour)


def lines(text: str, marked: str, *, width: int = 60, masked: bool = False) -> list[str]:
    """Give the lines below the message, without the number before them."""
    found = shown(text, marked, width=width, masked=masked).split("\n")[1:]
    return [line[8:] for line in found]


def test_the_line_stands_below_the_message_with_carets_under_what_is_wrong() -> None:
    assert shown("a = 1\nbc = 2\n", "bc") == "a.hcl:2:1: x: wrong\n    2 | bc = 2\n      | ^^"


@pytest.mark.parametrize(
    ("text", "marked", "found"),
    [
        ("\tkey\t= x\n", "x", ["    key    = x", "             ^"]),
        ('a = "日本" + b\n', "b", ['a = "日本" + b', "             ^"]),
        ('a = "日本"\n', '"日本"', ['a = "日本"', "    ^^^^^^"]),
        ("e\u0301 = x\n", "x", ["e\u0301 = x", "    ^"]),
        ("a = \n", " \n", ["a =", "   ^"]),
        ("a = \n", "\n", ["a =", "    ^"]),
        ("a = x\r\nb = 1\r\n", "x", ["a = x", "    ^"]),
        ("a = \x1b[2J\u202ex\n", "x", ["a = \\x1b[2J\\u202ex", "                 ^"]),
        ("a = (\n  1,\n  2\n)\nb\n", "(\n  1,\n  2\n)", ["a = (", "    ^", ")", "^"]),
        ("a {\n}\n", "{\n", ["a {", "  ^"]),
    ],
    ids=[
        "tab",
        "before-wide",
        "wide",
        "combining",
        "end",
        "newline",
        "crlf",
        "controls",
        "lines",
        "to-the-end",
    ],
)
def test_carets_stand_in_the_column_of_what_is_wrong(text: str, marked: str, found: list[str]) -> None:
    assert lines(text, marked) == found


@pytest.mark.parametrize("before", [0, 10, 39, 5000])
@pytest.mark.parametrize("after", [0, 10, 5000])
def test_a_long_line_is_cut_round_what_is_wrong(before: int, after: int) -> None:
    text, marks = lines("b" * before + "@!" + "a" * after, "@!", width=58)
    assert len(text) <= 50
    assert [text[at] for at, mark in enumerate(marks) if mark == "^"] == ["@", "!"]
    assert ("…" in text) == (before + after > 48)


def test_what_is_wrong_and_longer_than_a_line_is_cut_too() -> None:
    text, marks = lines("a = " + "x" * 5000, "x" * 5000, width=58)
    assert (text, marks) == ("a = " + "x" * 43 + "…", "    " + "^" * 43)


def test_a_line_of_megabytes_is_shown_at_once() -> None:
    text = "a" * 10_000_000 + "@" + "b" * 10_000_000
    place = Place.of(Source(text, "a.hcl").range(10_000_000, 10_000_001))
    error = MistakeError([Problem(place, "", "wrong")] * 2000)
    begun = time.process_time()
    found = error.shown()
    assert time.process_time() - begun < 2
    assert found.count("…") == 4000


@pytest.mark.parametrize("width", [0, -5, 1, 20])
def test_a_narrow_terminal_still_shows_something(width: int) -> None:
    assert lines("abc = 1", "abc", width=width)[1] == "^^^"


@pytest.mark.parametrize(
    ("text", "marked", "found"),
    [
        ('  token = "s3cret"\n', "token", ["  token = …", "  ^^^^^"]),
        ('  login = { pass = "s3cret", user = 1 }\n', "user", ["  login = …user…", "           ^^^^"]),
        ('plugin "a" { token = "s3cret" }\n', "plugin", ['plugin "a" {…', "^^^^^^"]),
        ('key = "s3cret${NO}"\n', "${NO}", ["key = …${NO}…", "       ^^^^^"]),
        ("s3cret== ${NO} s3cret\n", "${NO}", ["…${NO}…", " ^^^^^"]),
        ("s3cret" * 99 + " @\n", "@", ["…@", " ^"]),
    ],
)
def test_nothing_is_shown_beside_what_is_wrong_where_that_may_be_secret(
    text: str, marked: str, found: list[str]
) -> None:
    assert lines(text, marked, masked=True) == found


def test_colours_are_written_only_where_they_are_asked_for() -> None:
    plain = shown("a = 1\n", "1")
    assert "\x1b" not in plain
    coloured = shown("a = 1\n", "1", colour=True)
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m"):
        assert code in coloured
        coloured = coloured.replace(code, "")
    assert coloured == plain


def test_a_problem_without_a_text_is_its_message() -> None:
    error = MistakeError([Problem("a.hcl:1:1", "x", "wrong\x1b\n"), Problem("", "", "gone")])
    assert error.shown() == "a.hcl:1:1: x: wrong\\x1b\\n\ngone"


def test_a_place_is_text_that_knows_its_stretch() -> None:
    place = Place.of(Source("a = 1\nb = 22\n", "c:d.hcl").range(10, 12))
    assert (place, place.filename) == ("c:d.hcl:2:5", "c:d.hcl")
    assert Problem(place, "b", "wrong").to_dict() == {
        "where": "c:d.hcl:2:5",
        "path": "b",
        "message": "wrong",
        "range": {
            "filename": "c:d.hcl",
            "start": {"line": 2, "column": 5, "offset": 10},
            "end": {"line": 2, "column": 7, "offset": 12},
        },
    }
    assert Problem("b.hcl:1:1", "", "wrong").to_dict()["range"] is None


def test_a_place_is_copied_whole() -> None:
    place = Place.of(Source("a = 1\n", "a.hcl").range(4, 5))
    same = copy.deepcopy(place)
    assert (same, same.end, same.text) == (place, place.end, place.text)


def test_the_place_of_a_part_is_found_in_the_text() -> None:
    place = Place.of(Source("a = [\n  x ${y}\n]\n", "a.hcl").range(4, 16))
    assert place.around("${y}") == "a.hcl:2:5"
    assert place.around("", "${z}", "${y}") == "a.hcl:2:5"
    assert place.around("${z}") == place
    assert not isinstance(place.around("${z}"), Place)
