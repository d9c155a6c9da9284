"""The driver keeps the contract: every sentence of it that concerns this driver is a test of the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.testing import DriverConformance

if TYPE_CHECKING:
    from ostler.testing import ConfigFor, DriverHarness
    from ostler.testing.plugin import OpenDriver


@pytest.fixture
def harness(open_driver: OpenDriver) -> DriverHarness:
    return open_driver("example")


@pytest.fixture
def config() -> ConfigFor:
    return lambda act: {"script": act.script}


class TestExample(DriverConformance):
    pass


def test_the_greeting_comes_first(open_driver: OpenDriver) -> None:
    running = open_driver("example", {"greeting": "it's me"}).run({"script": "echo done"})
    assert running.stdout.shows(b"it's me\ndone\n", timeout_seconds=10)
