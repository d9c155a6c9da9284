"""The page of a driver."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import Catalog, Health
from tests.cli import strangers

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.testing.plugin import OpenDriver
    from tests.cli.shell import Shell

SETTINGS = {"raw_exec": {"enabled": True}}


def test_a_driver_has_a_page(tmp_path: Path, ostler: Shell) -> None:
    ran = ostler("driver", "docs", "acme", PYTHONPATH=strangers.acme(tmp_path / "site"))
    ostler.says("docs", ran.stdout.decode())
    assert (ran.code, ran.errors) == (0, "")


def test_a_page_of_an_unknown_driver_ends_with_2(ostler: Shell) -> None:
    ran = ostler("driver", "docs", "exce")
    assert (ran.code, ran.stdout) == (2, b"")
    assert "did you mean 'exec'?" in ran.errors


@pytest.mark.parametrize("name", ["exec", "raw_exec", "mock_driver"])
def test_what_a_fingerprint_says_is_declared(name: str, open_driver: OpenDriver) -> None:
    opened = open_driver(name, SETTINGS.get(name))
    found = opened.call(opened.driver.fingerprint)
    if found.health is Health.HEALTHY:
        assert set(found.attributes) - {f"driver.{name}"} == set(opened.capabilities.attributes)


def test_every_attribute_that_is_declared_is_said_what_it_is() -> None:
    loaded = [Catalog().load(name) for name in ("exec", "raw_exec", "mock_driver")]
    said = [text for driver in loaded for text in driver.capabilities.attributes.values()]
    assert [text for text in said if not re.fullmatch(r"[A-Z].*\.", text)] == []
