"""The driver keeps the contract: every sentence of it that concerns this driver is a test of the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.testing import DriverConformance

if TYPE_CHECKING:
    from ostler.testing import DriverHarness
    from ostler.testing.plugin import OpenDriver


@pytest.fixture
def harness(open_driver: OpenDriver) -> DriverHarness:
    return open_driver("wasm")


class TestWasm(DriverConformance):
    driver = "wasm"
