"""The driver keeps the contract: every sentence of it that concerns this driver is a test of the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.testing import DriverConformance

if TYPE_CHECKING:
    from ostler.testing.plugin import OpenDriver


class TestExample(DriverConformance):
    driver = "example"


def test_the_greeting_comes_first(open_driver: OpenDriver) -> None:
    running = open_driver("example", {"greeting": "it's me"}).run({"script": "echo done"})
    assert running.stdout.shows(b"it's me\ndone\n", timeout_seconds=10)
