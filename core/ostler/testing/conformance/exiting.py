"""How the end of a task is told: its code, its signal and its reason."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

from ostler.drivers import Reason, values
from ostler.testing.act import Act
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run

CODES: Final = (0, 1, 7, 255)
SIGNALS: Final = (signal.SIGKILL, signal.SIGTERM)


class ExitingTests:
    """An end is told as it was."""

    @sentence(values.Exit, "A task that ended by itself has its own ``code``, from 0 to 255.")
    def test_every_exit_code_is_told_as_it_is(self, run: Run) -> None:
        """Run one task for each of a few codes."""
        running = [run(Act(code=code)) for code in CODES]
        ends = [each.end() for each in running]
        told = [(end.code, end.signal, end.reason) if end else None for end in ends]
        assert told == [(code, 0, Reason.EXITED) for code in CODES]

    @sentence(
        values.Exit,
        "One that signal N killed has the ``code`` 128+N, the ``signal`` N and, unless Ostler sent it, the "
        "reason ``signaled``.",
    )
    def test_a_task_that_dies_of_a_signal_tells_which(self, run: Run) -> None:
        """It sends the signal to itself."""
        running = [run(Act(signal=number.name)) for number in SIGNALS]
        ends = [each.end() for each in running]
        told = [(end.code, end.signal, end.reason) if end else None for end in ends]
        assert told == [(128 + number, number, Reason.SIGNALED) for number in SIGNALS]

    @sentence(values.Exit, "One that ``stop`` ended has the reason ``stopped``.")
    def test_a_stopped_task_tells_that_it_was_stopped(self, run: Run) -> None:
        """Its reason says so."""
        running = run(Act(seconds=60))
        running.stop()
        end = running.end()
        assert end is not None
        assert end.reason is Reason.STOPPED
