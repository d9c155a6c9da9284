"""The JSON form means what the native syntax means."""

from __future__ import annotations

import pytest

from ostler.hcl import HclError, Schema, parse_json

JOB = Schema(
    attributes=frozenset({"count"}),
    blocks={"job": ("name",), "task": ("group", "name"), "log": ()},
    either=frozenset({"env"}),
)


def test_labels_are_nested_objects_and_repeated_blocks_are_lists() -> None:
    jobs = '[{"a": {"log": [{}, {}]}}, {"b": [{}, {}]}]'
    text = f'{{"//": "note", "job": {jobs}, "task": {{"g": {{"x": {{}}, "y": null}}}}}}'
    content = parse_json(text, "x.json").content(JOB)
    assert content.diagnostics == []
    assert [(block.type, block.labels) for block in content.blocks] == [
        ("job", ("a",)),
        ("job", ("b",)),
        ("job", ("b",)),
        ("task", ("g", "x")),
    ]
    assert len(content.blocks[0].body.content(JOB).blocks) == 2


def test_an_object_is_an_attribute_and_a_list_of_objects_is_blocks_where_both_may_stand() -> None:
    content = parse_json('{"env": {"A": "1"}}', "x.json").content(JOB)
    assert content.attributes["env"].value.plain() == {"A": "1"}
    content = parse_json('{"env": [{"A": "1"}]}', "x.json").content(JOB)
    assert content.blocks[0].body.free().plain() == {"A": "1"}


def test_texts_are_templates() -> None:
    value = parse_json(r'{"a": "${attr.x} $${y} \u00e9\ud83d\ude00 ${env[\"A\"]}"}', "x.json").free()
    assert value.plain() == {"a": '${attr.x} ${y} é😀 ${env["A"]}'}


def test_texts_stand_for_themselves_when_the_json_is_no_hcl() -> None:
    text = '{"a": "$${y} %{z} ${HOME:-x}"}'
    assert parse_json(text, "x.json", templates=False).free().plain() == {"a": "$${y} %{z} ${HOME:-x}"}


def test_every_value_has_its_place() -> None:
    value = parse_json('{"a": {\n  "b": [1,\n "${x}"]}}', "x.json").free()
    places = {path: str(place) for path, place in value.positions().items() if path}
    assert places == {
        ("a",): "x.json:1:7",
        ("a", "b"): "x.json:2:8",
        ("a", "b", 0): "x.json:2:9",
        ("a", "b", 1): "x.json:3:2",
    }
    assert str(value.key_ranges["a"]) == "x.json:1:2"


def test_numbers_keep_their_digits() -> None:
    text = '{"a": 12345678901234567890123, "b": -1.5, "c": 1e3, "d": 0}'
    assert parse_json(text, "x.json").free().plain() == {
        "a": 12345678901234567890123,
        "b": -1.5,
        "c": 1000,
        "d": 0,
    }


def test_a_list_of_objects_counts_as_one_body() -> None:
    assert parse_json('[{"a": 1}, {"b": 2}]', "x.json").free().plain() == {"a": 1, "b": 2}
    with pytest.raises(HclError, match="'a' is set twice"):
        parse_json('[{"a": 1}, {"a": 2}]', "x.json").free()
