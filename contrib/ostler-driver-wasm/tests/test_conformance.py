"""The driver keeps the contract: every sentence of it that concerns this driver is a test of the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from acting import words

from ostler.testing import DriverConformance

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.testing import ConfigFor, DriverHarness
    from ostler.testing.plugin import OpenDriver


@pytest.fixture
def harness(open_driver: OpenDriver, modules: Path) -> DriverHarness:
    return open_driver("wasm", {"allowed_paths": [str(modules)]})


@pytest.fixture
def config(modules: Path) -> ConfigFor:
    return lambda act: {"module": f"{modules}/act.wat", "args": words(act)}


class TestWasm(DriverConformance):
    pass
