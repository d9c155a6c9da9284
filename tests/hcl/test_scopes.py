"""How a reader of bodies says what their expressions may refer to and call."""

from __future__ import annotations

import pytest

from ostler.hcl import (
    BROKEN,
    JOB_FUNCTIONS,
    Body,
    Environment,
    HclError,
    Limits,
    Schema,
    Scope,
    parse,
    parse_expression,
    parse_json,
)
from ostler.hcl.conversion import convert
from ostler.hcl.types import NUMBER, ListType, is_exact

TEXT = """\
variable "ports" {
  type    = list(number)
  default = [80, "443"]
}

locals {
  name  = upper(local.short)
  short = "web"
}

job "j" {
  count = length(var.ports)
  group "g" {
    dynamic "port" {
      for_each = var.ports
      labels   = ["p${port.key}"]
      content {
        to = port.value + 1
      }
    }
  }
}
"""
FILE = Schema(blocks={"variable": ("name",), "locals": (), "job": ("name",)})
VARIABLE = Schema(frozenset({"type", "default"}), deferred=frozenset({"type", "default"}))
JOB = Schema(frozenset({"count"}), {"group": ("name",)}, dynamic=True)
GROUP = Schema(blocks={"port": ("label",)}, dynamic=True)
PORT = Schema(frozenset({"to"}))


def test_variables_and_locals_are_what_a_scope_says() -> None:
    blocks = {block.type: block for block in parse(TEXT, "job.hcl").content(FILE).blocks}

    variable = blocks["variable"].body.content(VARIABLE).attributes
    wanted = variable["type"].expression.type()  # type: ignore[union-attr]
    assert wanted == ListType(NUMBER)
    assert is_exact(wanted)
    ports = convert(variable["default"].expression.evaluate(), wanted)  # type: ignore[union-attr]
    assert ports == [80, 443]

    scope = Scope({"var": {"ports": ports}, "local": {"short": "web"}}, functions=JOB_FUNCTIONS)
    name = blocks["locals"].body.expressions()["name"].expression
    assert name is not None
    assert [(found.root, found.name) for found in name.references()] == [("local", "short")]
    assert name.evaluate(scope) == "WEB"

    job = blocks["job"].body.within(scope).content(JOB)
    assert job.attributes["count"].value.plain() == 2
    made = job.blocks[0].body.content(GROUP)
    assert made.diagnostics == []
    assert [(port.type, *port.labels, to_of(port.body)) for port in made.blocks] == [
        ("port", "p0", 81),
        ("port", "p1", 444),
    ]


def to_of(body: Body) -> object:
    return body.content(PORT).attributes["to"].value.plain()


def test_an_expression_can_stand_alone() -> None:
    assert parse_expression("[1,\n 2]", "--var x").evaluate() == [1, 2]
    for wrong in ("[1", "1 2", "", "a = 1"):
        with pytest.raises(HclError, match=r"^--var x:1:"):
            parse_expression(wrong, "--var x")


def test_what_uses_a_broken_variable_is_not_told_again() -> None:
    scope = Scope({"var": {"x": BROKEN}})
    body = parse('a = [var.x, "${var.x}-", var.y]\n', "x.hcl").within(scope)
    with pytest.raises(HclError) as caught:
        body.attributes()
    assert [str(found) for found in caught.value.diagnostics] == [
        "x.hcl:1:26: there is no variable 'y'; known: x"
    ]
    with pytest.raises(HclError) as caught:
        parse_expression("var.x + 1", "x").evaluate(scope)
    assert caught.value.diagnostics == ()


def test_json_says_types_and_names_in_strings() -> None:
    names = '"x": "${var.a.b}-${var[\\"c\\"]}", "y": ["${z}"], "k": {"${local.k}": 1}'
    text = f'{{"type": "map(list(string))", "it": "each", {names}}}'
    found = {name: each.expression for name, each in parse_json(text, "x.json").expressions().items()}
    assert str(found["type"].type()) == "map(list(string))"  # type: ignore[union-attr]
    assert found["it"].keyword() == "each"  # type: ignore[union-attr]
    assert [each.name for each in found["x"].references()] == ["a", "c"]  # type: ignore[union-attr]
    assert [each.name for each in found["k"].references()] == ["k"]  # type: ignore[union-attr]
    assert [each.text for each in found["y"].items() or []] == ['"${z}"']  # type: ignore[union-attr]


def test_all_expressions_of_a_scope_share_its_limits() -> None:
    environment = Environment(limits=Limits(steps=100))
    scope = Scope({"local": {"x": list(range(60))}}, environment=environment)
    body = parse("a = [for x in local.x : x]\nb = [for x in local.x : x]\n", "x.hcl").within(scope)
    with pytest.raises(HclError, match="more than 100 steps"):
        body.attributes()
