"""The built-in drivers pass the kit, as a stranger's does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from ostler.drivers import Health
from ostler.testing import DriverConformance

if TYPE_CHECKING:
    from ostler.testing import DriverHarness
    from ostler.testing.plugin import OpenDriver
    from tests.conftest import NeedKernel


class TestMockDriver(DriverConformance):
    driver = "mock_driver"


class TestRawExec(DriverConformance):
    driver = "raw_exec"
    settings: ClassVar = {"enabled": True}


class TestExec(DriverConformance):
    driver = "exec"

    @pytest.fixture
    def harness(self, open_driver: OpenDriver, need_kernel: NeedKernel) -> DriverHarness:
        opened = open_driver("exec")
        found = opened.driver.fingerprint()
        return opened if found.health is Health.HEALTHY else need_kernel(found.reason)
