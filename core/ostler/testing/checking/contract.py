"""The kit, tied to the driver that was chosen; collected by pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.testing.checking.choice import CHOICE
from ostler.testing.conformance import DriverConformance

if TYPE_CHECKING:
    from ostler.testing.act import ConfigFor
    from ostler.testing.harness import DriverHarness
    from ostler.testing.plugin import OpenDriver


@pytest.fixture
def harness(open_driver: OpenDriver, pytestconfig: pytest.Config) -> DriverHarness:
    """Open the driver with the settings of its plugin block."""
    chosen = pytestconfig.stash[CHOICE]
    return open_driver(chosen.name, chosen.settings)


@pytest.fixture
def config(pytestconfig: pytest.Config) -> ConfigFor:
    """Give the acts."""
    return pytestconfig.stash[CHOICE].acts


class TestDriver(DriverConformance):
    """All sentences."""
