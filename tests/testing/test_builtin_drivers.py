"""The built-in drivers pass the kit, as a stranger's does."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from ostler.drivers import Health
from ostler.testing import DriverConformance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.testing import Act, ConfigFor, DriverHarness
    from ostler.testing.plugin import OpenDriver
    from tests.conftest import NeedKernel


REAL = {"busy", "directory", "environ", "files", "memory_mb", "numbers", "processes"}


def mock_config(act: Act) -> Mapping[str, Any]:
    if REAL.intersection(act.asked):
        msg = "a simulated task only writes a text, waits and ends"
        raise NotImplementedError(msg)
    config = {**simulated(act), "kill_after": 3600.0 if act.deaf else 0.0}
    return config | ({"exec_command": inside(act.inside)} if act.inside else {})


def inside(act: Act) -> Mapping[str, Any]:
    return {**simulated(act), "stdin_echo": act.echo}


def simulated(act: Act) -> Mapping[str, Any]:
    return {
        "run_for": act.seconds,
        "stdout_string": "terminal" if act.terminal else act.stdout,
        "stderr_string": act.stderr,
        "exit_code": act.code,
        "exit_signal": int(signal.Signals[act.signal]) if act.signal else 0,
    }


def command_config(act: Act) -> Mapping[str, Any]:
    return {"command": "/bin/sh", "args": ["-c", act.script]}


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
