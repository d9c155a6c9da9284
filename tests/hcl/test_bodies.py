"""Bodies, their blocks, and the places of what is in them."""

from __future__ import annotations

import pytest

from ostler.hcl import JOB_FUNCTIONS, HclError, Schema, Scope, nearest, parse

JOB = """\
job "web" {
  task one "two" { driver = "exec" }
  config {
    image  = "é"
  }
}
"""

CONFIG = """\
labels  = { a = 1 }
empty   = {}
wrapped = ({ a = 1 })
listed  = [{ a = 1 }]
nested  = { a = { b = 1 } }
mount {
  options = { ro = true }
}
mount {
}
device "sda" "x" {
  size = 1
}
"""

COMPUTED = """\
plain = [1, upper("a")]
made = [
  for x in ["a"] : { name = x }
]
both = {
  (upper("k")) = [true ? [1] : [2]]
}
"""


def test_blocks_know_their_type_labels_and_places() -> None:
    body = parse(JOB, "job.hcl")
    job = body.blocks()[0]
    task = job.body.blocks()[0]
    assert (task.type, task.labels) == ("task", ("one", "two"))
    assert [str(place) for place in (task.type_range, *task.label_ranges)] == [
        "job.hcl:2:3",
        "job.hcl:2:8",
        "job.hcl:2:12",
    ]
    assert str(task.body.range) == "job.hcl:2:18"
    assert (job.body.range.end.line, job.body.range.end.column) == (6, 2)


def test_a_label_may_hold_escapes() -> None:
    assert parse('job "\\u00e9 $${x}" {\n}\n', "x.hcl").blocks()[0].labels == ("é ${x}",)


def test_columns_and_offsets_count_characters() -> None:
    value = parse('a = ["é", 1]\n', "x.hcl").attributes()["a"].value
    place = value.positions()[(1,)]
    assert (place.start.line, place.start.column, place.start.offset) == (1, 11, 10)
    assert place.end.offset == 11


def test_every_nested_value_has_its_place() -> None:
    value = parse("a = {\n  b = [1,\n  2]\n}\n", "x.hcl").attributes()["a"].value
    places = {path: str(place) for path, place in value.positions().items()}
    assert places == {(): "x.hcl:1:5", ("b",): "x.hcl:2:7", ("b", 0): "x.hcl:2:8", ("b", 1): "x.hcl:3:3"}
    assert {key: str(place) for key, place in value.key_ranges.items()} == {"b": "x.hcl:2:3"}


def test_a_free_body_has_the_shape_that_nomad_gives_it() -> None:
    assert parse(CONFIG, "x.hcl").free().plain() == {
        "labels": [{"a": 1}],
        "empty": [{}],
        "wrapped": {"a": 1},
        "listed": [{"a": 1}],
        "nested": [{"a": {"b": 1}}],
        "mount": [{"options": [{"ro": True}]}, {}],
        "device": [{"sda": [{"x": [{"size": 1}]}]}],
    }


def test_a_free_body_knows_its_places() -> None:
    value = parse(CONFIG, "x.hcl").free()
    places = value.positions()
    assert str(places[("mount", 0, "options", 0, "ro")]) == "x.hcl:7:20"
    assert str(places[("device", 0, "sda", 0, "x", 0, "size")]) == "x.hcl:12:10"
    assert str(value.key_ranges["device"]) == "x.hcl:11:1"


def test_a_name_may_be_a_block_or_an_attribute() -> None:
    schema = Schema(either=frozenset({"env"}))
    as_block = parse("env {\n A = 1\n}\n", "x.hcl").content(schema)
    as_attribute = parse("env = { A = 1 }\n", "x.hcl").content(schema)
    assert [block.body.free().plain() for block in as_block.blocks] == [{"A": 1}]
    assert as_attribute.attributes["env"].value.plain() == {"A": 1}
    assert as_block.diagnostics == as_attribute.diagnostics == []


def test_the_insides_of_a_block_with_wrong_labels_can_still_be_read() -> None:
    content = parse('task {\n a = 1\n}\ntask "x" "y" {\n}\n', "x.hcl").content(
        Schema(blocks={"task": ("name",)})
    )
    assert len(content.diagnostics) == 2
    assert [block.labels for block in content.blocks] == [("task",), ("x",)]


def test_the_nearest_name_forgives_case_and_hyphens() -> None:
    assert nearest("Kill-Timeout", ["kill_timeout", "kill_signal"]) == "kill_timeout"
    assert nearest("zzz", ["kill_timeout"]) is None


def test_what_is_computed_stands_where_its_expression_stands() -> None:
    body = parse(COMPUTED, "x.hcl").within(Scope(functions=JOB_FUNCTIONS))
    value = body.free()
    places = {path: str(place) for path, place in value.positions().items() if path}
    assert places == {
        ("plain",): "x.hcl:1:9",
        ("plain", 0): "x.hcl:1:10",
        ("plain", 1): "x.hcl:1:13",
        ("made",): "x.hcl:2:8",
        ("made", 0): "x.hcl:2:8",
        ("made", 0, "name"): "x.hcl:2:8",
        ("both",): "x.hcl:5:8",
        ("both", 0): "x.hcl:5:8",
        ("both", 0, "K"): "x.hcl:6:18",
        ("both", 0, "K", 0): "x.hcl:6:19",
        ("both", 0, "K", 0, 0): "x.hcl:6:19",
    }
    assert {path: str(place) for path, place in value.names().items()} == {
        ("plain",): "x.hcl:1:1",
        ("made",): "x.hcl:2:1",
        ("both",): "x.hcl:5:1",
        ("both", 0, "K"): "x.hcl:6:3",
    }


def test_one_mistake_in_a_list_or_an_object_hides_no_other() -> None:
    text = 'x = [1 + "a", [null + 1], { a = upper([]), (null) = 2 }, "${[]}b"]\n'
    body = parse(text, "x.hcl").within(Scope(functions=JOB_FUNCTIONS))
    with pytest.raises(HclError) as caught:
        body.attributes()
    assert [found.range.start.column for found in caught.value.diagnostics] == [10, 16, 39, 44, 61]
