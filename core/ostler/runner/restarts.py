"""Decide whether a task runs again, by Nomad's restart policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from attrs import define, field

from ostler.jobs import Restart

JITTER: Final = 0.25
COMPLETED: Final = "completed"


def _chance() -> float:
    import random  # brings hashes, and few tasks are started again

    return random.random()  # noqa: S311 - spreads restarts, guards nothing


class Decision(NamedTuple):
    """Whether to start again, after how long, and why."""

    again: bool
    delay_seconds: float
    reason: str


@define
class RestartTracker:
    """Counts the restarts of one task within its policy's interval.

    ``on_success`` says whether a task that succeeded runs again: services do, batch jobs don't.
    ``jitter`` gives a number from 0 to 1; up to a quarter of the delay is added (Nomad's rule).
    """

    policy: Restart
    on_success: bool
    jitter: Callable[[], float] = _chance
    _count: int = field(default=0, init=False)
    _interval_began: float | None = field(default=None, init=False)

    def after_exit(self, *, successful: bool, now: float) -> Decision:
        """Decide after an end; ``now`` is monotonic, in seconds."""
        if successful and not self.on_success:
            return Decision(again=False, delay_seconds=0, reason=COMPLETED)
        return self._within_policy(now)

    def after_failed_start(self, *, recoverable: bool, now: float) -> Decision:
        """Decide after a start that raised."""
        if not recoverable:
            return Decision(again=False, delay_seconds=0, reason="Error was unrecoverable")
        return self._within_policy(now)

    def _within_policy(self, now: float) -> Decision:
        policy = self.policy
        if policy.attempts == 0:
            return Decision(again=False, delay_seconds=0, reason="Policy allows no restarts")
        if self._interval_began is None or now - self._interval_began > policy.interval_seconds:
            self._interval_began, self._count = now, 0
        self._count += 1
        if self._count <= policy.attempts:
            delay = policy.delay_seconds * (1 + JITTER * self.jitter())
            return Decision(again=True, delay_seconds=delay, reason="Restart within policy")
        if policy.mode == "delay":
            rest = self._interval_began + policy.interval_seconds - now
            self._interval_began = None
            return Decision(
                again=True, delay_seconds=rest, reason="Exceeded allowed attempts, applying a delay"
            )
        reason = (
            f"Exceeded allowed attempts {policy.attempts} in interval {policy.interval_seconds:g}s "
            f'and mode is "fail"'
        )
        return Decision(again=False, delay_seconds=0, reason=reason)
