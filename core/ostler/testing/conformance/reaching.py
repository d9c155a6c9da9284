"""Hooks that reach into a running task: `signal` and `execute`."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import ExecuteRequest, SignalRequest, hookspecs
from ostler.errors import OstlerError, RefusedError
from ostler.testing.act import Act
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.act import ConfigFor
    from ostler.testing.harness import DriverHarness


class ReachingTests:
    """They are asked only of drivers that declare them."""

    @sentence(hookspecs.signal, "Send a signal to the task's main process.")
    def test_a_signal_reaches_the_task(self, harness: DriverHarness, config: ConfigFor) -> None:
        """SIGKILL ends it."""
        running = harness.run(config(Act(seconds=60)))
        harness.call(harness.driver.signal, running.handle, SignalRequest("SIGKILL"))
        end = running.end()
        assert end is not None
        assert (end.code, end.signal) == (128 + signal.SIGKILL, signal.SIGKILL)

    @sentence(hookspecs.signal, "An unknown signal is a `RefusedError` and nothing is sent.")
    def test_an_unknown_signal_is_refused(self, harness: DriverHarness, config: ConfigFor) -> None:
        """The task goes on."""
        running = harness.run(config(Act(seconds=60)))
        with pytest.raises(RefusedError):
            harness.call(harness.driver.signal, running.handle, SignalRequest("SIGNONSENSE"))
        assert running.end(0.1) is None

    @sentence(hookspecs.execute, "Run a command inside the running task and return its output and exit code.")
    def test_a_command_in_the_task_returns_output_and_code(
        self, harness: DriverHarness, config: ConfigFor
    ) -> None:
        """It writes to both streams and fails."""
        inside = Act(stdout="inside", stderr="aside", code=3)
        running = harness.run(config(Act(seconds=60, inside=inside)))
        found = harness.call(harness.driver.execute, running.handle, ExecuteRequest(inside.argv))
        assert (found.code, found.stdout, found.stderr) == (3, b"inside", b"aside")

    @sentence(hookspecs.execute, "It returns within the request's timeout.")
    def test_a_command_in_the_task_is_not_waited_for_too_long(
        self, harness: DriverHarness, config: ConfigFor
    ) -> None:
        """One that hangs may end with an error or a code, but in time."""
        inside = Act(seconds=60)
        running = harness.run(config(Act(seconds=60, inside=inside)))
        request = ExecuteRequest(inside.argv, timeout_seconds=0.3)
        started = time.monotonic()
        with suppress(OstlerError):
            harness.call(harness.driver.execute, running.handle, request)
        assert time.monotonic() - started < harness.patience_seconds

    @sentence(hookspecs.execute, "A raise means that the command could not be run; the task goes on.")
    def test_a_command_that_can_not_be_run_does_not_harm_the_task(
        self, harness: DriverHarness, config: ConfigFor
    ) -> None:
        """A command that doesn't exist is an error or a code."""
        running = harness.run(config(Act(seconds=60)))
        with suppress(OstlerError):
            request = ExecuteRequest(("/nonexistent/command",))
            harness.call(harness.driver.execute, running.handle, request)
        assert running.end(0.1) is None
