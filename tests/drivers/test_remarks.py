"""Deprecated fields are noted where they are written, and told once they should be gone."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from ostler.drivers import Deprecated, Located, setting
from ostler.drivers.remarks import expired, remarks
from ostler.drivers.schema import json_schema

OLD = Deprecated(since="1.2", until="2.0", instead="new")


@frozen(kw_only=True)
class Inner:
    old: int = setting(help="A number.", default=0, deprecated=OLD)
    again: tuple[Inner, ...] = setting(help="The same.", default=())


@frozen(kw_only=True)
class Settings:
    old: str = setting(help="A text.", default="", deprecated=OLD)
    new: str = setting(help="A text.", default="")
    one: Inner | None = setting(help="A block.", default=None)
    many: tuple[Inner, ...] = setting(help="Blocks.", default=())


def noted(value: Any, positions: dict[tuple[str | int, ...], str] | None = None) -> list[str]:  # noqa: ANN401
    source = Located(value=value, positions=positions or {})
    return remarks(Settings, source, path="config", provider=lambda: "acme-driver")


WORDS = "deprecated since acme-driver 1.2, gone in 2.0; use 'new'"


def test_a_deprecated_field_is_noted_with_its_place() -> None:
    place: dict[tuple[str | int, ...], str] = {("old",): "agent.hcl:3:9"}
    assert noted({"old": "x"}, place) == [f"agent.hcl:3:9: config.old: {WORDS}"]


def test_what_is_not_written_is_not_noted() -> None:
    assert noted({"new": "x", "one": {}}) == []
    assert noted(None) == []


def test_nobody_is_asked_for_the_provider_of_what_is_not_deprecated() -> None:
    def nobody() -> str:
        raise AssertionError

    assert remarks(Settings, Located(value={"new": "x"}), path="config", provider=nobody) == []


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ({"one": [{"old": 1}]}, ["config.one.old"]),
        ({"one": {"old": 1}}, ["config.one.old"]),
        ({"many": [{"old": 1}, {}, {"old": 2}]}, ["config.many[0].old", "config.many[2].old"]),
        ({"many": {"again": [{"again": {"old": 1}}]}}, ["config.many[0].again[0].again[0].old"]),
        ([{"old": "x"}], ["config.old"]),
        ({"one": "wrong", "many": 3}, []),
    ],
)
def test_blocks_are_looked_into(value: object, paths: list[str]) -> None:
    assert [line.partition(":")[0] for line in noted(value)] == paths


@pytest.mark.parametrize(
    ("version", "names"), [("1.9", []), ("2.0", ["Settings.old", "Inner.old"]), ("2.0rc1", []), ("", [])]
)
def test_what_should_be_gone_is_told(version: str, names: list[str]) -> None:
    assert [line.partition(":")[0] for line in expired(Settings, version)] == names


def test_the_schema_says_so() -> None:
    found = json_schema(Settings)["properties"]["old"]
    assert found["deprecated"] is True
    assert found["description"] == "A text. Deprecated since 1.2, gone in 2.0; use new."


def test_a_deprecated_field_can_always_be_left_out() -> None:
    with pytest.raises(TypeError, match="needs a default"):
        setting(help="A text.", deprecated=OLD)
