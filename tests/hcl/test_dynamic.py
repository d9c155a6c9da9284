"""Dynamic blocks, in both forms, and what is said of wrong ones."""

from __future__ import annotations

import json

import pytest

from ostler.hcl import JOB_FUNCTIONS, Block, Body, Environment, Limits, Schema, Scope, parse, parse_json

SCHEMAS = {
    "job": Schema(frozenset({"name"}), {"group": ("name",), "update": (), "config": ()}, dynamic=True),
    "group": Schema(
        frozenset({"count", "name"}),
        {"task": ("name",), "net": (), "config": (), "pair": ("one", "other")},
        frozenset({"net"}),
        either=frozenset({"env"}),
        dynamic=True,
    ),
    "task": Schema(frozenset({"at", "name"}), dynamic=True),
}
NAMES = {"var": {"names": ["a", "b"], "ports": {"x": 1, "w": 2}, "none": None}, "local": {}}


def shape_of(block: Block, problems: list[str]) -> object:
    if block.type not in SCHEMAS:
        return [block.type, *block.labels, block.body.free().plain()]
    content = block.body.content(SCHEMAS[block.type])
    problems += [str(found) for found in content.diagnostics]
    values = {name: found.value.plain() for name, found in content.attributes.items()}
    return [block.type, *block.labels, values, *(shape_of(inner, problems) for inner in content.blocks)]


def read(body: Body, limits: Limits | None = None) -> tuple[object, str]:
    scope = Scope(NAMES, functions=JOB_FUNCTIONS, environment=Environment(limits=limits))
    content = body.within(scope).content(SCHEMAS["job"])
    problems = [str(found) for found in content.diagnostics]
    shapes = [shape_of(block, problems) for block in content.blocks]
    return shapes, "\n".join(problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'dynamic "group" {\n for_each = var.names\n labels = [group.value]\n'
            " content {\n count = group.key\n }\n}",
            [["group", "a", {"count": 0}], ["group", "b", {"count": 1}]],
            id="a list",
        ),
        pytest.param(
            'dynamic "update" {\n for_each = []\n content {}\n}',
            [],
            id="nothing",
        ),
        pytest.param(
            'dynamic "group" {\n for_each = var.ports\n iterator = it\n labels = ["g-${it.key}"]\n'
            " content {\n count = it.value\n name = group\n }\n}",
            [
                ["group", "g-w", {"count": 2, "name": "${group}"}],
                ["group", "g-x", {"count": 1, "name": "${group}"}],
            ],
            id="a map, in the order of its keys, with a name of its own",
        ),
        pytest.param(
            'dynamic "update" {\n for_each = convert(["b", "a"], set(string))\n'
            " content {\n a = update.key\n }\n}",
            [["update", {"a": "a"}], ["update", {"a": "b"}]],
            id="a set, whose keys are its values",
        ),
        pytest.param(
            'dynamic "group" {\n for_each = var.names\n labels = [group.value]\n content {\n'
            '  dynamic "task" {\n   for_each = [1, 2]\n   labels = ["${group.value}${task.value}"]\n'
            "   content {\n    at = group.key * 10 + task.key\n   }\n  }\n }\n}",
            [
                ["group", "a", {}, ["task", "a1", {"at": 0}], ["task", "a2", {"at": 1}]],
                ["group", "b", {}, ["task", "b1", {"at": 10}], ["task", "b2", {"at": 11}]],
            ],
            id="one within another",
        ),
        pytest.param(
            'group "g" {\n dynamic "pair" {\n for_each = [1]\n labels = ["x", pair.value]\n content {}\n }\n'
            ' dynamic "env" {\n for_each = ["v"]\n content {\n A = env.value\n }\n }\n}',
            [["group", "g", {}, ["pair", "x", "1", {}], ["env", {"A": "v"}]]],
            id="two labels, and a block that may be an attribute",
        ),
        pytest.param(
            'dynamic "config" {\n for_each = [[1, 2]]\n content {\n args = config.value\n m = {}\n }\n}',
            [["config", {"args": [1, 2], "m": [{}]}]],
            id="a config block is made like any other",
        ),
        pytest.param(
            'config {\n dynamic "x" {\n for_each = [1]\n content {\n y = 1\n }\n }\n}',
            [["config", {"dynamic": [{"x": [{"for_each": [1], "content": [{"y": 1}]}]}]}]],
            id="within a config block nothing is dynamic",
        ),
        pytest.param(
            'group "a" {}\ndynamic "group" {\n for_each = ["b"]\n labels = [group.value]\n'
            ' content {}\n}\ngroup "c" {}',
            [["group", "a", {}], ["group", "b", {}], ["group", "c", {}]],
            id="what is made stands where the dynamic block stands",
        ),
    ],
)
def test_a_dynamic_block_is_replaced_by_what_it_makes(text: str, expected: object) -> None:
    assert read(parse(f"{text}\n", "x.hcl")) == (expected, "")


def test_json_has_dynamic_blocks_too() -> None:
    inner = {"for_each": [1, 2], "labels": ["${g.value}${task.value}"], "content": {"at": "${task.key}"}}
    outer = {
        "for_each": "${var.names}",
        "iterator": "g",
        "labels": ["${g.value}"],
        "content": {"count": "${g.key + 1}", "dynamic": {"task": inner}},
    }
    text = json.dumps({"dynamic": {"group": outer}})
    assert read(parse_json(text, "x.json")) == (
        [
            ["group", "a", {"count": 1}, ["task", "a1", {"at": 0}], ["task", "a2", {"at": 1}]],
            ["group", "b", {"count": 2}, ["task", "b1", {"at": 0}], ["task", "b2", {"at": 1}]],
        ],
        "",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dynamic {\n}", "1:1: a dynamic block has one label, the type it makes: dynamic"),
        ('dynamic "a" "b" {\n}', "1:1: a dynamic block has one label, the type it makes: dynamic"),
        ('dynamic "grop" {\n}', "1:9: unknown block 'grop'; did you mean 'group'?"),
        ('dynamic "name" {\n}', "1:9: 'name' is a key, not a block: write name = ..."),
        ('dynamic "update" {\n content {}\n}', "1:1: the dynamic block 'update' lacks its for_each: dynamic"),
        (
            'dynamic "update" {\n for_each = []\n}',
            "1:1: the dynamic block 'update' lacks its content: dynamic",
        ),
        (
            'dynamic "group" {\n for_each = []\n content {}\n}',
            "1:1: the dynamic block 'group' lacks the name of what it makes: labels = [group.value]",
        ),
        (
            'dynamic "update" {\n for_each = []\n labels = []\n content {}\n}',
            "3:2: the block 'update' takes no label",
        ),
        (
            'dynamic "update" {\n for_each = 5\n content {}\n}',
            "2:13: for_each: expected a list, a set, a map or an object, found the number 5",
        ),
        (
            'dynamic "update" {\n for_each = var.none\n content {}\n}',
            "2:13: for_each: expected a list, a set, a map or an object, found null",
        ),
        ('dynamic "update" {\n for_each = var.nams\n content {}\n}', "2:13: there is no variable 'nams'"),
        (
            'dynamic "update" {\n for_each = [1]\n iterator = "it"\n content {}\n}',
            "3:13: the iterator is a bare name, as in iterator = each",
        ),
        (
            'dynamic "group" {\n for_each = [1]\n labels = "a"\n content {}\n}',
            "3:11: labels: expected a list of 1 (name), found no list",
        ),
        (
            'dynamic "group" {\n for_each = [1]\n labels = ["a", "b"]\n content {}\n}',
            "3:11: labels: expected a list of 1 (name), found 2",
        ),
        (
            'dynamic "group" {\n for_each = [[1]]\n labels = [group.value]\n content {}\n}',
            "3:12: a label is a string, found a list",
        ),
        (
            'dynamic "update" {\n for_eac = [1]\n content {}\n}',
            "2:2: unknown key 'for_eac'; did you mean 'for_each'?",
        ),
        (
            'dynamic "update" {\n for_each = [1]\n content {}\n content {}\n}',
            "4:2: the block 'content' is allowed once; the first stands in line 3",
        ),
        (
            'group "g" {\n dynamic "net" {\n for_each = [1, 2]\n content {}\n }\n}',
            "2:10: the block 'net' is allowed once; the first stands in line 2",
        ),
        (
            'dynamic "group" {\n for_each = [1]\n labels = ["a"]\n content {\n count = group.valu\n }\n}',
            "5:10: there is no attribute 'valu' in this object; did you mean 'value'?",
        ),
    ],
)
def test_a_wrong_dynamic_block_is_told(text: str, words: str) -> None:
    problems = read(parse(f"{text}\n", "x.hcl"))[1]
    assert problems.startswith(f"x.hcl:{words}")
    assert "\n" not in problems


def test_dynamic_blocks_are_bounded() -> None:
    inner = 'dynamic "task" {\n for_each = range(100)\n labels = ["t"]\n content {\n at = [1, 2, 3]\n }\n }\n'
    text = f'dynamic "group" {{\n for_each = range(100)\n labels = ["g"]\n content {{\n {inner} }}\n}}\n'
    problems = read(parse(text, "x.hcl"), Limits(size_bytes=1 << 20))[1]
    assert problems == "x.hcl:5:2: the evaluation builds more than 1024 KiB of values"


def test_what_a_dynamic_block_makes_knows_its_places() -> None:
    text = 'dynamic "group" {\n for_each = ["a"]\n labels = ["g"]\n content {\n count = 1\n }\n}\n'
    body = parse(text, "x.hcl")
    group = body.content(SCHEMAS["job"]).blocks[0]
    assert str(group.type_range) == "x.hcl:1:9"
    assert [str(place) for place in group.label_ranges] == ["x.hcl:1:9"]
    assert str(group.body.range) == "x.hcl:4:10"
    assert str(group.body.content(SCHEMAS["group"]).attributes["count"].value.range) == "x.hcl:5:10"
