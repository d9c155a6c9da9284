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


def test_without_tolerance_none_of_it_is_read() -> None:
    with pytest.raises(HclError):
        parse(AGENT, "agent.hcl")
