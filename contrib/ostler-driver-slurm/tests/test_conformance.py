"""The driver keeps the contract: every sentence of it that concerns this driver is a test of the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.testing import DriverConformance

if TYPE_CHECKING:
    from ostler.testing import ConfigFor


@pytest.fixture
def config() -> ConfigFor:
    return lambda act: {"script": act.script}


class TestSlurm(DriverConformance):
    pass
