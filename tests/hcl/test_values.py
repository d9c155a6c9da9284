"""What values are read to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ostler.hcl import Value, parse


def value(text: str) -> Value:
    return parse(f"x = {text}\n", "x.hcl").attributes()["x"].value


def plain(text: str) -> object:
    return value(text).plain()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("007", 7),
        ("-3", -3),
        ("- 3", -3),
        ("5e3", 5000),
        ("2.0", 2),
        ("1.50", 1.5),
        ("-0.1", -0.1),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_numbers(text: str, number: float) -> None:
    found = plain(text)
    assert found == number
    assert type(found) is type(number)


def test_a_decimal_keeps_every_digit() -> None:
    assert value("0.1000000000000000000000000000000001").data == Decimal(
        "0.1000000000000000000000000000000001"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("[]", []),
        ("{}", {}),
        ("(1)", 1),
        ('[1, "a", [true],]', [1, "a", [True]]),
        ("[\n 1, # one\n 2\n]", [1, 2]),
        ('{ a = 1, "b c" : 2, 3 = 4, true = 5 }', {"a": 1, "b c": 2, "3": 4, "true": 5}),
        ("{\n a = 1\n\n b = {\n c = [\n2\n]\n }\n}", {"a": 1, "b": {"c": [2]}}),
        ('{ (attr.x) = 1, "${y}" = 2 }', {"${attr.x}": 1, "${y}": 2}),
    ],
)
def test_constants_lists_and_objects(text: str, expected: object) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"a\n\r\t\"\\"', 'a\n\r\t"\\'),
        (r'"\u00e9\U0001F600"', "é😀"),
        ('"echo $$ >> pid 100%"', "echo $$ >> pid 100%"),
        ('"$${HOME:-x} %%{x} $$$"', "${HOME:-x} %{x} $$$"),
        ('"$ { % {"', "$ { % {"),
        ('"# // /* no comment */"', "# // /* no comment */"),
        ('"é"', "é"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("attr.kernel.name", "${attr.kernel.name}"),
        ('"${attr.kernel.name}"', "${attr.kernel.name}"),
        ('"${ x }-${y}"', "${ x }-${y}"),
        ('"${env["A B"]}"', '${env["A B"]}'),
        ('"${env["invalid...name"]}"', '${env["invalid...name"]}'),
        ('"${NOMAD_PORT_http}$${x}"', "${NOMAD_PORT_http}${x}"),
        ('"a ${~ x ~} b"', "a${x}b"),
        ('"${node.meta[0]}"', "${node.meta[0]}"),
        ('"${"in"}${1}${true}${1.50}"', "in1true1.5"),
        ("unknown", "${unknown}"),
        ("a.0.b.1", "${a.0.b.1}"),
    ],
)
def test_references_stay_as_written(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<<EOF\n  a\n b\\n\nEOF", "  a\n b\\n\n"),
        ("<<EOF\nEOF", ""),
        ("<<-EOF\n    a\n      b\n\n   \n    c\n    EOF", "a\n  b\n\n   \nc\n"),
        ("<<-EOF\nflush\n  EOF", "flush\n"),
        ("<<-EOF\n\ta\n\t\tb\n\tEOF", "a\n\tb\n"),
        ("<<EOH\na\nEOH ", "a\n"),
        ("<<EOF\nNOT EOF\n EOFS\nEOF", "NOT EOF\n EOFS\n"),
        ('<<EOF\n${attr.x} $${y} $$ {{ $x := env "Y" -}}\nEOF', '${attr.x} ${y} $$ {{ $x := env "Y" -}}\n'),
        ("<<-EOF\n  ${attr.x}\n    b ${y}\n  EOF", "${attr.x}\n  b ${y}\n"),
        ("<<-EOF\n    a\n${attr.x}\n  EOF", "    a\n${attr.x}\n"),
        ('<<EOF\n{"a": "${env["x"]}"}\nEOF', '{"a": "${env["x"]}"}\n'),
    ],
)
def test_heredocs(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_a_heredoc_within_a_list() -> None:
    assert plain('["-c", <<-EOF\n  a\n  EOF\n, "b"]') == ["-c", "a\n", "b"]


def test_line_ends_of_windows_and_a_byte_order_mark() -> None:
    body = parse(b"\xef\xbb\xbfa = 1\r\n# b\r\nc = <<EOF\r\nx\r\nEOF\r\n", "x.hcl")
    assert {name: found.value.plain() for name, found in body.attributes().items()} == {"a": 1, "c": "x\r\n"}


def test_a_file_may_end_without_a_line_end() -> None:
    assert parse("a = 1", "x.hcl").attributes()["a"].value.plain() == 1
    assert parse("a = <<X\nb\nX", "x.hcl").attributes()["a"].value.plain() == "b\n"


def test_an_empty_file_is_an_empty_body() -> None:
    assert parse("", "x.hcl").attributes() == {}
    assert parse("# nothing\n/* at\nall */", "x.hcl").blocks() == []
