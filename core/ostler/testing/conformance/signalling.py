"""The hook `signal`."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import SignalRequest, hookspecs
from ostler.errors import RefusedError
from ostler.testing.act import Act
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness


class SignallingTests:
    """It is asked only of drivers that declare it."""

    @sentence(hookspecs.signal, "Send a signal to the task's main process.")
    def test_a_signal_reaches_the_task(self, harness: DriverHarness, run: Run) -> None:
        """SIGKILL ends it."""
        assert killed_by(harness, run, "SIGKILL")

    @sentence(hookspecs.signal, "It is given by its name or by its number.")
    def test_a_signal_is_known_by_its_number_too(self, harness: DriverHarness, run: Run) -> None:
        """9 is SIGKILL."""
        assert killed_by(harness, run, str(int(signal.SIGKILL)))

    @sentence(hookspecs.signal, "An unknown signal is a `RefusedError` and nothing is sent.")
    def test_an_unknown_signal_is_refused(self, harness: DriverHarness, run: Run) -> None:
        """The task goes on."""
        running = run(Act(seconds=60))
        for name in ("SIGNONSENSE", "9999", "-9", ""):
            with pytest.raises(RefusedError):
                harness.call(harness.driver.signal, running.handle, SignalRequest(name))
        assert running.end(harness.moment_seconds) is None


def killed_by(harness: DriverHarness, run: Run, name: str) -> bool:
    """Tell whether signal ``name`` is what ends a task."""
    running = run(Act(seconds=60))
    harness.call(harness.driver.signal, running.handle, SignalRequest(name))
    end = running.end()
    return end is not None and (end.code, end.signal) == (128 + signal.SIGKILL, signal.SIGKILL)
