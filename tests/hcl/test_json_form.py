"""The JSON form means what the native syntax means."""

from __future__ import annotations

import pytest

from ostler.hcl import HclError, Schema, Scope, parse_json

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


def test_a_property_may_come_again_as_further_blocks() -> None:
    text = '{"job": {"a": {}}, "log": {}, "job": {"b": {}, "a": null}, "log": null, "log": [{}, null]}'
    content = parse_json(text, "x.json").content(JOB)
    assert content.diagnostics == []
    found = [(block.type, block.labels) for block in content.blocks]
    assert found == [("job", ("a",)), ("log", ()), ("job", ("b",)), ("log", ())]


def test_a_setting_and_the_key_of_a_value_may_not_come_again() -> None:
    content = parse_json('{"count": 1,\n "count": 2, "env": {"a": [{"b": 1, "b": 2}]}}', "x.json").content(
        JOB
    )
    assert [str(found) for found in content.diagnostics] == [
        "x.json:2:2: 'count' is set twice; the first stands in line 1",
        "x.json:2:37: the key 'b' stands twice in this object",
    ]


def test_keys_of_a_value_are_templates_too() -> None:
    scope = Scope({"var": {"x": "X"}, "local": {}})
    body = parse_json('{"env": {"${var.x}": 1, "$${y}": 2, "${attr.z}": 3}}', "x.json").within(scope)
    assert body.attributes()["env"].value.plain() == {"X": 1, "${y}": 2, "${attr.z}": 3}
    plain = parse_json('{"env": {"${var.x}": 1}}', "x.json", templates=False)
    assert plain.attributes()["env"].value.plain() == {"${var.x}": 1}


def test_a_lone_interpolation_keeps_its_type() -> None:
    scope = Scope({"var": {"n": 3, "l": [1, 2]}, "local": {}})
    text = '{"n": "${var.n}", "l": ["${var.l}"], "t": "n ${var.n}", "d": "%{ if true }x%{ endif }"}'
    found = parse_json(text, "x.json").within(scope).free().plain()
    assert found == {"n": 3, "l": [[1, 2]], "t": "n 3", "d": "x"}


def test_a_comment_is_a_comment_only_where_a_setting_could_stand() -> None:
    text = '{"//": 1, "job": {"//": "x", "a": {"//": [], "count": 1}}, "env": {"//": "kept"}}'
    content = parse_json(text, "x.json").content(JOB)
    assert content.diagnostics == []
    assert content.attributes["env"].value.plain() == {"//": "kept"}
    assert [block.labels for block in content.blocks] == [("a",)]
