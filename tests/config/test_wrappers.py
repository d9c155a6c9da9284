"""The wrapper blocks of an agent's file: their order, their settings, what is wrong with them."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

from ostler.config import FlawedConfigError, check_wrappers, load, loads
from ostler.drivers import WrapperCatalog

if TYPE_CHECKING:
    from pathlib import Path

NATIVE = """
wrapper "watch" {
}
plugin "exec" {
}
wrapper "rules" {
  config {
    drivers = ["exec"]
  }
}
wrapper "audit" {
  config {
  }
}
"""
JSON = '{"wrapper": [{"watch": {}}, {"rules": {"config": {"drivers": ["exec"]}}, "audit": {"config": {}}}]}'


def test_the_blocks_keep_the_order_of_the_file() -> None:
    native, json = loads(NATIVE, "agent.hcl"), loads(JSON, "agent.json")
    assert list(native.wrappers) == list(json.wrappers) == ["watch", "rules", "audit"]
    settings = {"drivers": ["exec"]}
    assert native.wrappers["rules"].config.value == json.wrappers["rules"].config.value == settings


def test_a_setting_keeps_its_place() -> None:
    found = loads(NATIVE, "agent.hcl").wrappers
    assert found["rules"].where == "agent.hcl:6:1"
    assert found["rules"].config.where(("drivers",)) == "agent.hcl:8:15"
    assert found["watch"].config.where(("drivers",)) == "agent.hcl:2:17"


def test_a_file_without_blocks_enables_none() -> None:
    assert loads("", "agent.hcl").wrappers == {}


def test_a_later_file_adds_its_own_and_replaces_a_block_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "10.hcl").write_text(NATIVE)
    (tmp_path / "20.json").write_text('{"wrapper": {"last": {}, "watch": {"config": {"loud": true}}}}')
    found = load(tmp_path).wrappers
    assert list(found) == ["watch", "rules", "audit", "last"]
    assert found["watch"].config.value == {"loud": True}


def test_a_block_that_no_package_serves_is_told_with_its_place() -> None:
    points = [EntryPoint(name, f"{name}:W", "ostler.wrappers.v1") for name in ("rules", "watch", "watch")]
    found = check_wrappers(loads(NATIVE, "agent.hcl"), WrapperCatalog(points))
    assert [(each.where, each.path, each.text.partition(";")[0]) for each in found] == [
        (
            "agent.hcl:2:1",
            "wrapper.watch",
            "wrapper 'watch' is provided by both an unknown distribution and an unknown distribution",
        ),
        ("agent.hcl:11:1", "wrapper.audit", "no wrapper named 'audit'"),
    ]


def test_what_is_wrong_with_a_file_leaves_its_wrapper_blocks_to_be_checked() -> None:
    try:
        loads('wrapper "ruls" {\n}\nwrapper {\n}\nnam = 1\n', "agent.hcl")
    except FlawedConfigError as error:
        config = error.config
    assert list(config.wrappers) == ["ruls"]
