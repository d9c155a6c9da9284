"""The metrics: how long hooks take, how many tasks started and ended, how many run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler_opentelemetry.attributes import DRIVER, HOOK, REASON, of_end, of_error

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

    from ostler.drivers import Exit

BOUNDARIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Instruments:
    """What is counted; no metric tells one job or task from another, so that their number stays small."""

    def __init__(self, meter: Meter) -> None:
        self._durations = meter.create_histogram(
            "ostler.hook.duration",
            unit="s",
            description="How long a call of a driver's hook took.",
            explicit_bucket_boundaries_advisory=BOUNDARIES,
        )
        self._starts = meter.create_counter(
            "ostler.task.starts", unit="{start}", description="How many tasks a driver was asked to start."
        )
        self._ends = meter.create_counter(
            "ostler.task.ends", unit="{end}", description="How many tasks of a driver ended, by reason."
        )
        self._running = meter.create_up_down_counter(
            "ostler.task.running", unit="{task}", description="How many tasks of a driver run."
        )

    def took(self, driver: str, hook: str, seconds: float, error: BaseException | None) -> None:
        """Count a call of a hook."""
        failed = {} if error is None else of_error(error)
        self._durations.record(seconds, {DRIVER: driver, HOOK: hook, **failed})

    def started(self, driver: str, error: BaseException | None = None) -> None:
        """Count a start; one that failed runs nothing."""
        self._starts.add(1, {DRIVER: driver, **({} if error is None else of_error(error))})
        if error is None:
            self._running.add(1, {DRIVER: driver})

    def ended(self, driver: str, end: Exit | None) -> None:
        """Count the end of a task that was started here."""
        self._ends.add(1, {DRIVER: driver, REASON: of_end(end)[REASON]})
        self._running.add(-1, {DRIVER: driver})
