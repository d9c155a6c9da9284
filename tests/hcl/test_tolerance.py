"""Agent files in HCL1, read tolerantly."""

from __future__ import annotations

import pytest

from ostler.hcl import HclError, Schema, parse

AGENT = """\
"client" {
  enabled = true, "servers" = ["a"]
  options = {
    "driver.raw_exec.enable" = "1"
    docker.volumes.enabled = "true"
  }
  chroot_env { "/bin" = "/bin" }
  host_volume "x" { path = "/x" read_only = true }
}
plugin "docker" = { config { gc { image = false } auth = { helper = "x" } } }
limits = { fds = { max = 3 } }
"""
ROOT = Schema(
    attributes=frozenset({"limits"}), blocks={"client": (), "plugin": ("name",)}, single=frozenset({"client"})
)
CLIENT = Schema(
    attributes=frozenset({"enabled", "servers"}),
    blocks={"host_volume": ("name",)},
    either=frozenset({"options", "chroot_env"}),
)


def test_quoted_and_dotted_keys_and_blocks_with_an_equals_sign_are_read() -> None:
    content = parse(AGENT, "agent.hcl", tolerant=True).content(ROOT)
    client = content.blocks[0].body.content(CLIENT)
    assert content.diagnostics == client.diagnostics == []
    assert {name: found.value.plain() for name, found in client.attributes.items()} == {
        "enabled": True,
        "servers": ["a"],
    }
    assert [block.body.free().plain() for block in client.blocks] == [
        {"driver.raw_exec.enable": "1", "docker.volumes.enabled": "true"},
        {"/bin": "/bin"},
        {"path": "/x", "read_only": True},
    ]


def test_an_object_written_as_a_block_is_a_plain_map_where_an_attribute_is_known() -> None:
    content = parse(AGENT, "agent.hcl", tolerant=True).content(ROOT)
    assert content.attributes["limits"].value.plain() == {"fds": {"max": 3}}


def test_the_config_of_a_plugin_has_the_shape_of_a_driver_config() -> None:
    plugin = parse(AGENT, "agent.hcl", tolerant=True).content(ROOT).blocks[1]
    assert plugin.body.blocks()[0].body.free().plain() == {
        "gc": [{"image": False}],
        "auth": [{"helper": "x"}],
    }


def test_an_equals_sign_makes_a_block_of_an_object() -> None:
    content = parse("client = {\n enabled = true\n}\n", "agent.hcl", tolerant=True).content(ROOT)
    assert content.diagnostics == []
    assert [block.type for block in content.blocks] == ["client"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a" = 1', {"a": 1}),
        ('"a b" { "c.d" = "e" }', {"a b": [{"c.d": "e"}]}),
        ("a.b.c = 1", {"a.b.c": 1}),
        ('a "b" = { c = 1 }', {"a": [{"b": [{"c": 1}]}]}),
        ("a { b = 1 c = 2 }", {"a": [{"b": 1, "c": 2}]}),
        ("a { b = 1, c = 2, }", {"a": [{"b": 1, "c": 2}]}),
        ("a = 1, b = 2", {"a": 1, "b": 2}),
        ("a\n{\n b = 1\n}", {"a": [{"b": 1}]}),
        ("a # c\n\n{ b = 1 }", {"a": [{"b": 1}]}),
        ("a = [{ b { c = 1 } }, { b = { c = 2 } }]", {"a": [{"b": {"c": 1}}, {"b": {"c": 2}}]}),
        ("a = [1, 2, ]", {"a": [1, 2]}),
        (
            "a = 0x1F\nb = 0755\nc = 0\nd = -0x10\ne = [0X0a, 010]",
            {"a": 31, "b": 493, "c": 0, "d": -16, "e": [10, 8]},
        ),
        ("a = 08\nb = 0.5\nc = 1e3", {"a": 8, "b": 0.5, "c": 1000}),
        ('a = "true"\nb = "5"', {"a": "true", "b": "5"}),
        ("a = <<EOF\n x\nEOF\nb = 1", {"a": " x\n", "b": 1}),
        ("a = <<-EOF\n  x\n  EOF\n", {"a": "x\n"}),
        ("// c\n# d\n/* e */ a = 1 /* f */ # g\n", {"a": 1}),
        ('a { b = "x" }\na { b = "y" }', {"a": [{"b": "x"}, {"b": "y"}]}),
        ("a = 1\r\nb {\r\n c = 2\r\n}\r\n", {"a": 1, "b": [{"c": 2}]}),
    ],
)
def test_what_agent_files_of_old_hold_is_read(text: str, expected: object) -> None:
    assert parse(text, "agent.hcl", tolerant=True).free().plain() == expected


def test_numbers_of_old_are_no_numbers_of_the_language() -> None:
    assert parse("a = 0755\n", "x.hcl").free().plain() == {"a": 755}
    with pytest.raises(HclError, match="x1F"):
        parse("a = 0x1F\n", "x.hcl")


@pytest.mark.parametrize(
    "text", ["a = 1 = 2", "a {", "a b", "= 1", "a = [1 2]", "a.1 = 2", 'a = "x', "{ a = 1 }"]
)
def test_tolerance_has_its_bounds(text: str) -> None:
    with pytest.raises(HclError):
        parse(text, "agent.hcl", tolerant=True)


def test_without_tolerance_none_of_it_is_read() -> None:
    with pytest.raises(HclError):
        parse(AGENT, "agent.hcl")
