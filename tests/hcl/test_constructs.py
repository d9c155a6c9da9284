"""Constructs out of real files that readers of the language have stumbled over."""

from __future__ import annotations

import uuid

import pytest

from ostler.hcl import JOB_FUNCTIONS, HclError, Schema, Scope, parse, parse_expression, reformat

SCOPE = Scope({"var": {"volname": "disk", "path": "/srv"}, "local": {}}, functions=JOB_FUNCTIONS)


def plain(text: str) -> object:
    return parse(text, "x.hcl").within(SCOPE).free().plain()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data = <<EOH\nx\nEOH \nnext = 1\n", {"data": "x\n", "next": 1}),
        ('args = ["-c", <<-EOF\n    echo a\n      b\n  EOF\n]\n', {"args": ["-c", "echo a\n  b\n"]}),
        ("data = <<-EOT\nno indent\n    some\n  EOT\n", {"data": "no indent\n    some\n"}),
        (
            'data = <<EOF\n{{ $x := env "Y" -}}{{ range $i := loop 3 }}${attr.y}{{ end }}\nEOF\n',
            {"data": '{{ $x := env "Y" -}}{{ range $i := loop 3 }}${attr.y}{{ end }}\n'},
        ),
        ('a = "echo $$ >> pid; printf 100%"\n', {"a": "echo $$ >> pid; printf 100%"}),
        ('a = "$${HOME:-x}"\n', {"a": "${HOME:-x}"}),
        ('a = "${env["invalid...name"]} ${env["A B"]}"\n', {"a": '${env["invalid...name"]} ${env["A B"]}'}),
        ("labels {}\n", {"labels": [{}]}),
        ("labels = {}\n", {"labels": [{}]}),
        ("labels = [{}]\n", {"labels": [{}]}),
        ("a = 1\r\nb {\r\n  c = <<E\r\nd\r\nE\r\n}\r\n", {"a": 1, "b": [{"c": "d\r\n"}]}),
        ('a = length(convert({"www" = "80"}, map(string)))\n', {"a": 1}),
        ('a = "${upper("${lower("${var.path}")}")}"\n', {"a": "/SRV"}),
        (
            'dynamic "a" {\n  for_each = [1]\n  content {}\n}\n',
            {"dynamic": [{"a": [{"for_each": [1], "content": [{}]}]}]},
        ),
    ],
)
def test_it_is_read_as_nomad_reads_it(text: str, expected: object) -> None:
    assert plain(text) == expected
    assert plain(reformat(text, "x.hcl")) == expected


def test_a_call_with_quotes_in_quotes_stands_in_a_heredoc_of_json() -> None:
    text = 'a = <<EOF\n{"id": "${uuidv5("dns", "${var.volname}.x")}"}\nEOF\n'
    assert plain(text) == {"a": f'{{"id": "{uuid.uuid5(uuid.NAMESPACE_DNS, "disk.x")}"}}\n'}


def test_a_call_within_a_call_within_quotes_is_parsed() -> None:
    text = '"${file("${pathexpand("${var.path}")}")}"'
    assert [str(found.range) for found in parse_expression(text, "x").references()] == ["x:1:26"]


def test_a_dynamic_block_takes_labels() -> None:
    text = 'dynamic "port" {\n  for_each = ["a", "b"]\n  labels = [port.value]\n  content {}\n}\n'
    schema = Schema(blocks={"port": ("name",)}, dynamic=True)
    content = parse(text, "x.hcl").within(SCOPE).content(schema)
    assert content.diagnostics == []
    assert [block.labels for block in content.blocks] == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"a" = 1\n', "is written without quotes"),
        ('a = "${HOME:-x}"\n', "a plain ${ is written $${"),
        ('a = "${X}}"\nb = "${Y}\n', "x.hcl:2:5: this text is never closed"),
        ("a = 1 b = 2\n", "expected a new line"),
        ('a = "x\ny"\n', "never closed"),
        ('a = "\\d"\n', "unknown escape"),
        ("a = 1\na = 2\n", "set twice"),
    ],
)
def test_what_others_take_and_nomad_refuses_is_refused(text: str, words: str) -> None:
    with pytest.raises(HclError) as caught:
        plain(text)
    assert words in str(caught.value)
