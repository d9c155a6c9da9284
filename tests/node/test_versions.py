"""Versions and the demands on them."""

from __future__ import annotations

import pytest

from ostler.node import versions


def _fulfils(version: str, demand: str) -> bool:
    wanted = versions.demands(demand, operators=versions.VERSION)
    return all(versions.fulfils(versions.parse(version), each) for each in wanted)


@pytest.mark.parametrize(
    ("version", "demand"),
    [
        ("3.4.1", "3.4.1"),
        ("3.4", "= 3.4.0"),
        ("v3.4", "3.4"),
        ("3.4.1", "!= 3.4"),
        ("3.4.1", ">= 3, < 4"),
        ("3.10", "> 3.9"),
        ("3.5", "~> 3.4"),
        ("3.4.9", "~> 3.4.2"),
        ("3.4.2.7", "~> 3.4.2"),
        ("5", "~> 5.0"),
        ("3.4.0-rc2", ">= 3.4.0-rc1"),
        ("3.4.0", "> 3.4.0-rc1"),
        ("3.4.1", ">= 3.4.0-rc1"),
        ("3.4.0-rc2", "~> 3.4.0-rc1"),
        ("3.4.0-rc.10", "> 3.4.0-rc.9"),
        ("3.4.0+debian1", "3.4.0"),
    ],
)
def test_a_version_fulfils_a_demand(version: str, demand: str) -> None:
    assert _fulfils(version, demand)


@pytest.mark.parametrize(
    ("version", "demand"),
    [
        ("3.4.1", "3.4"),
        ("3.4.0", "!= 3.4"),
        ("4.0", ">= 3, < 4"),
        ("4.0", "~> 3.4"),
        ("3.5.0", "~> 3.4.2"),
        ("3.4.1", "~> 3.4.2"),
        ("3.4.2", "~> 3.4.2.1"),
        ("3.5.0-rc1", ">= 3.4"),
        ("3.5.0-rc1", "~> 3.4"),
        ("3.4.1-rc1", ">= 3.4.0-rc1"),
        ("3.4.0", "~> 3.4.0-rc1"),
        ("3.4.0-rc.1", ">= 3.4.0-rc.x"),
    ],
)
def test_a_version_fails_a_demand(version: str, demand: str) -> None:
    assert not _fulfils(version, demand)


@pytest.mark.parametrize("text", ["", "x", "3.", "3.x", "3..4", "99999999999999999999"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version"):
        versions.parse(text)


@pytest.mark.parametrize("text", ["", ">=", "=> 3", ">= 3 < 4", ">= 3,"])
def test_what_is_no_demand_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version"):
        versions.demands(text, operators=versions.VERSION)
