"""The built-in drivers pass the kit, as a stranger's does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.drivers import Health
from ostler.testing import DriverConformance
from tests.testing.acts import command_config, mock_config

if TYPE_CHECKING:
    from ostler.testing import ConfigFor, DriverHarness
    from ostler.testing.plugin import OpenDriver
    from tests.conftest import NeedKernel


class TestMockDriver(DriverConformance):
    @pytest.fixture
    def harness(self, open_driver: OpenDriver) -> DriverHarness:
        return open_driver("mock_driver")

    @pytest.fixture
    def config(self) -> ConfigFor:
        return mock_config


class TestRawExec(DriverConformance):
    @pytest.fixture
    def harness(self, open_driver: OpenDriver) -> DriverHarness:
        return open_driver("raw_exec", {"enabled": True})

    @pytest.fixture
    def config(self) -> ConfigFor:
        return command_config


class TestExec(DriverConformance):
    @pytest.fixture
    def harness(self, open_driver: OpenDriver, need_kernel: NeedKernel) -> DriverHarness:
        opened = open_driver("exec")
        found = opened.driver.fingerprint()
        return opened if found.health is Health.HEALTHY else need_kernel(found.reason)

    @pytest.fixture
    def config(self) -> ConfigFor:
        return command_config
