"""What no text may do: recurse without end, take quadratic time, or slip through as something else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time

import pytest

from ostler.hcl import JOB_FUNCTIONS, Environment, HclError, Limits, Scope, parse, parse_json, reformat
from ostler.hcl.cursor import MAX_DEPTH
from ostler.hcl.numerals import MAX_DIGITS

DEEP = 1_000_000


NESTED = {
    "parentheses": ("(", "1", ")"),
    "lists": ("[", "1", "]"),
    "objects": ("{a=", "1", "}"),
    "minus": ("-", "1", ""),
    "not": ("!", "true", ""),
    "texts": ('"${', "1", '}"'),
    "heredocs": ("<<E\n${", "1", "}\nE\n"),
    "directives": ('"%{ if true }${', "1", '}%{ endif }"'),
    "conditions": ("false ? 1 : ", "2", ""),
    "calls": ("upper(", '"a"', ")"),
    "indices": ("[0][", "0", "]"),
    "loops": ("[for a in [1] : ", "a", "]"),
    "splats": ("", "[]", "[*].a"),
}


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


@pytest.mark.parametrize("name", NESTED)
def test_a_hundred_levels_are_read_evaluated_and_formatted(name: str) -> None:
    before, inner, after = NESTED[name]
    text = f"x = {before * 100}{inner}{after * 100}\n"
    assert parse(text, "x.hcl").within(Scope(functions=JOB_FUNCTIONS)).free().plain()
    assert reformat(reformat(text, "x.hcl"), "x.hcl") == reformat(text, "x.hcl")


@pytest.mark.parametrize("name", NESTED)
def test_a_million_closed_levels_are_refused_in_one_sentence(name: str) -> None:
    before, inner, after = NESTED[name]
    assert "nested too deep" in message(f"x = {before * DEEP}{inner}{after * DEEP}\n")


@pytest.mark.parametrize("directive", ["%{ if a }", "%{ for a in b }"])
def test_directives_within_each_other_are_bounded_too(directive: str) -> None:
    end = f"%{{ end{directive.split()[1]} }}"
    assert "nested too deep" in message(f'x = "{directive * 200}{end * 200}"\n')
    parse(f'x = "{directive * 100}{end * 100}"\n', "x.hcl")


def test_closing_braces_without_end_are_told_fifty_times() -> None:
    assert message("}" * DEEP).count("\n") == 49


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
    assert "more than 1000 digits" in message("x = " + "9" * DEEP + "\n")
    assert "more than 1000 digits" in message("x = 1e" + "9" * 500 + "\n")
    assert "more than 1000 digits" in message("x = 1e-1001\n")
    assert "expected a name after '.'" in message("x = a." + "9" * 5000 + "\n")
    with pytest.raises(HclError, match="more than 1000 digits"):
        parse_json('{"a": 1e' + "9" * 500 + "}", "x.json")


def test_a_long_chain_of_operators_is_no_nesting() -> None:
    found = parse("x = 1" + " + 1" * 30_000 + "\n", "x.hcl").free()
    assert found.plain() == {"x": 30_001}


LOOP = "[for a in local.many : [for b in local.many : [for c in local.many : a]]]"
TEXT = '"' + "%{for x in local.many}" * 3 + "long text" + "%{endfor}" * 3 + '"'
SIZE = "the evaluation builds more than 1024 KiB of values"
DIGITS = "the result has more than 1000 digits"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        pytest.param(LOOP, SIZE, id="loops in loops"),
        pytest.param(f"length({LOOP}[0])", SIZE, id="loops whose result is thrown away"),
        pytest.param(
            "[for a in local.many : a" + " + 1" * 20 + "]",
            "the evaluation takes more than 20000 steps",
            id="much work in a loop",
        ),
        pytest.param(TEXT, SIZE, id="loops in a text"),
        pytest.param("local.laughs", SIZE, id="a value that names another ten times, and so on"),
        pytest.param("local.laughs == local.laughs", SIZE, id="comparing it"),
        pytest.param("local.laughs[0][0] == 1 ? 1 : 2", SIZE, id="comparing a part of it"),
        pytest.param("local.laughs[*][*]", SIZE, id="a splat"),
        pytest.param('try(local.laughs, "else")', SIZE, id="a limit is no failure to try"),
        pytest.param('"' + "${local.long}" * 1000 + '"', SIZE, id="a long text many times"),
        pytest.param("[" + "upper(local.long)," * 1000 + "]", SIZE, id="what functions give"),
        pytest.param("*".join(["9e900"] * 50), DIGITS, id="products"),
        pytest.param("*".join(["9" * 900] * 2000), DIGITS, id="long products"),
        pytest.param("1e-900 * 1e-900", DIGITS, id="nearly nothing"),
        pytest.param("1" + " / 3" * 10_000, DIGITS, id="quotients"),
        pytest.param("1e1001", "this number has more than 1000 digits", id="an exponent"),
        pytest.param(
            '"1e999999999" + 1', "this number has more than 1000 digits", id="an exponent in a text"
        ),
        pytest.param('1 + "1e-999999999"', "this number has more than 1000 digits", id="and a negative one"),
        pytest.param("local.deep", "the value is nested too deep", id="a value nested too deep"),
    ],
)
def test_what_would_take_too_much_is_refused_soon(expression: str, words: str) -> None:
    laughs: object = [1]
    deep: object = 1
    for _ in range(20):
        laughs = [laughs] * 10
    for _ in range(200):
        deep = [deep]
    values = {"many": list(range(1000)), "long": "x" * 100_000, "laughs": laughs, "deep": deep}
    environment = Environment(limits=Limits(steps=20_000, size_bytes=1 << 20))
    scope = Scope({"local": values}, functions=JOB_FUNCTIONS, environment=environment)
    began = perf_counter()
    with pytest.raises(HclError, match=words) as caught:
        parse(f"x = {expression}\n", "x.hcl").within(scope).attributes()
    assert len(caught.value.diagnostics) == 1
    assert perf_counter() - began < 5


@pytest.mark.parametrize(
    "piece",
    [
        "[1, X]",
        "(X)",
        "!X",
        "-X",
        "true ? X : 1",
        "{ a = X }",
        "try(X, 1)",
        "[for x in [1] : X]",
        "[X][0]",
        '"${X}"',
    ],
)
def test_a_hundred_levels_of_expressions_are_evaluated(piece: str) -> None:
    text = "true" if "!" in piece else "1"
    for _ in range(100):
        text = piece.replace("X", text)
    scope = Scope(functions=JOB_FUNCTIONS)
    assert parse(f"x = {text}\n", "x.hcl").within(scope).attributes()["x"].value.positions()


def test_the_time_is_linear_in_the_size() -> None:
    line = 'a "b" {\n  c = [1, "${attr.x}", <<EOF\nd\nEOF\n]\n  e = "f"\n}\n'
    seconds = []
    for count in (2_000, 16_000):
        began = process_time()
        parse(line * count, "x.hcl")
        seconds.append(process_time() - began)
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


def test_a_lone_surrogate_is_refused_as_no_file_can_hold_one() -> None:
    assert message('a = "\ud800"\n') == "x.hcl:1:6: a lone surrogate, U+D800: expected a text, which has none"
    assert "is no character" in message('a = "\\ud800"\n')
    with pytest.raises(HclError, match="lone surrogate"):
        parse_json('{"a": "\udfff"}', "x.json")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('a = 1\nb = "x\nc = 2\n', "2:5", "this text is never closed"),
        ('a = "x', "1:5", "this text is never closed"),
        ('a = "${b', "1:6", "this '${' is not closed"),
        ('a = "%{ if b }x"\n', "1:6", "this '%{ if }' is never closed"),
        ("a = <<E\nx\n", "1:5", "this heredoc is never closed"),
        ("a {\n  b {\n  c = 1\n  }\n", "1:1", "the block 'a' is never closed"),
        ("a = [1,\n2\n", "1:5", "this '[' is never closed"),
        ("a = f(1,\n2\n", "1:6", "this '(' is never closed"),
        ("a = {\n b = 1\n", "1:5", "this '{' is never closed"),
        ("a = 1 /* b\nc\n", "1:7", "this comment is never closed"),
    ],
)
def test_what_is_never_closed_is_told_at_its_beginning(text: str, place: str, words: str) -> None:
    assert message(text).startswith(f"x.hcl:{place}: {words}")


def test_formatting_takes_linear_time_too() -> None:
    began = perf_counter()
    text = "".join(f"a{number} = 1 # c\n" for number in range(20_000))
    assert reformat(text, "x.hcl").count("\n") == 20_000
    assert perf_counter() - began < 10


def test_one_long_line_does_not_make_those_beside_it_long() -> None:
    text = f"{'a' * 100_000} = 1\n" + "".join(f"b{number} = 1\n" for number in range(2_000))
    assert reformat(text, "x.hcl") == reformat(reformat(text, "x.hcl"), "x.hcl")
    assert len(reformat(text, "x.hcl")) < 2 * len(text)


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


def test_the_page_of_the_language_names_the_limits() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "language.md").read_text("utf-8")
    words = " ".join(page.split())
    limits = Limits()
    assert f"{limits.steps:,} steps and build {limits.size_bytes >> 20} MiB" in words
    assert f"nested deeper than {MAX_DEPTH} levels" in words
    assert f"more than {MAX_DIGITS} digits" in words
