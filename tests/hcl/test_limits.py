"""What no text may do: recurse without end, take quadratic time, or slip through as something else."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

import pytest

from ostler.hcl import HclError, parse, parse_json

DEEP = 1_000_000


def message(source: str | bytes) -> str:
    with pytest.raises(HclError) as caught:
        parse(source, "x.hcl")
    return str(caught.value)


def test_a_hundred_levels_of_nesting_work() -> None:
    lists = parse("x = " + "[" * 100 + "]" * 100 + "\n", "x.hcl").free()
    assert str(lists.plain()["x"]) == "[" * 100 + "]" * 100  # type: ignore[index]
    blocks = parse("a {\n" * 100 + "b = 1\n" + "}\n" * 100, "x.hcl").free()
    assert len(blocks.positions()) == 202
    assert parse('x = "' + '${"' * 100 + '"}' * 100 + '"\n', "x.hcl").free().plain() == {"x": ""}
    assert parse_json('{"a":' * 100 + "1" + "}" * 100, "x.json").free().positions()


@pytest.mark.parametrize(
    "piece", ["a = [", "a {\n", "[", "(", '"${', "a[", "f(", "-", "!", "1 ? 1 : ", "[for x in "]
)
def test_a_million_levels_are_refused_in_one_sentence(piece: str) -> None:
    start = "" if piece.startswith("a ") else "x = "
    assert message(start + piece * DEEP).count("\n") <= 1


@pytest.mark.parametrize("piece", ['{"a":', "["])
def test_a_million_levels_of_json_are_refused_in_one_sentence(piece: str) -> None:
    with pytest.raises(HclError, match="nested too deep"):
        parse_json(piece * DEEP, "x.json")


def test_a_number_or_index_of_too_many_digits_is_refused() -> None:
    assert "more than 1000 digits" in message("x = " + "9" * 5000 + "\n")
    assert "expected a name after '.'" in message("x = a." + "9" * 5000 + "\n")


def test_a_long_chain_of_operators_is_no_nesting() -> None:
    found = parse("x = 1" + " + 1" * 100_000 + "\n", "x.hcl").free()
    assert found.plain() == {"x": 100_001}


def test_the_time_is_linear_in_the_size() -> None:
    line = 'a "b" {\n  c = [1, "${attr.x}", <<EOF\nd\nEOF\n]\n  e = "f"\n}\n'
    seconds = []
    for count in (2_000, 16_000):
        began = perf_counter()
        parse(line * count, "x.hcl")
        seconds.append(perf_counter() - began)
    assert seconds[1] < seconds[0] * 8 * 3


@pytest.mark.parametrize(
    "text",
    [
        'x = "' + "a" * 500_000,
        "x = <<A\n" + "A a " * 200_000,
        "/*" + "*" * 500_000,
        "x = " + " " * 500_000,
        "#" * 500_000 + "\nx",
    ],
    ids=["text", "heredoc", "comment", "space", "hash"],
)
def test_what_is_never_closed_is_refused_quickly(text: str) -> None:
    began = perf_counter()
    message(text)
    assert perf_counter() - began < 2


def test_bytes_that_are_no_text_are_refused_with_their_offset() -> None:
    assert message(b'a = 1\n  b = "\xff"\n') == (
        "x.hcl:2:8: invalid UTF-8: byte 0xff at offset 13; expected a text in UTF-8"
    )
    assert "found UTF-16" in message("a = 1\n".encode("utf-16"))
    assert (
        message(b"\x7fELF\0\0") == "x.hcl:1:5: a zero byte at offset 4: expected a text, found a binary file"
    )
    assert message("\x01\n") == "x.hcl:1:1: unexpected character U+0001"


def test_no_more_than_fifty_problems_are_told() -> None:
    assert message("x = ;\n" * 200).count("\n") == 49


def test_the_package_imports_nothing_else_of_ostler() -> None:
    code = """if True:
        import sys, ostler
        before = set(sys.modules)
        from ostler import hcl
        hcl.parse('a = 1.5', 'f').free()
        hcl.parse_json('{}', 'f').free()
        new = set(sys.modules) - before
        print([name for name in new if name.startswith('ostler.') and not name.startswith('ostler.hcl')])
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
