"""What came of one attempt to run a task, and whether it is run again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from attrs import frozen

from ostler.drivers.values import Exit
from ostler.errors import MistakeError, OstlerError, RecoverableError, RefusedError

if TYPE_CHECKING:
    from ostler.runner.restarts import Decision, RestartTracker


@frozen
class Outcome:
    """What came of one attempt: an exit, or the error that kept the task from running."""

    exit: Exit | None = None
    error: OstlerError | None = None

    @property
    def mistake(self) -> bool:
        """Tell whether the job or the operator has to change something."""
        return isinstance(self.error, RefusedError | MistakeError | ArtifactError)


class ArtifactError(RecoverableError):
    """An artifact can't be had at the moment."""


def decide(tracker: RestartTracker, outcome: Outcome) -> Decision:
    """Let the restart policy decide after an attempt."""
    now = time.monotonic()
    if outcome.exit is not None:
        return tracker.after_exit(successful=outcome.exit.successful, now=now)
    return tracker.after_failed_start(recoverable=isinstance(outcome.error, RecoverableError), now=now)
