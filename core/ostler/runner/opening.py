"""Open one driver on threads of its own, within a deadline that it can't hold anybody else up beyond."""

from __future__ import annotations

import threading
import time
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

from ostler.drivers.threads import DriverThreads
from ostler.errors import DriverError, OstlerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.runner.open_driver import OpenDriver


class Opening:
    """A driver that is being opened; ``step`` says what it is at: import, settings or constructor.

    Whoever asks after the deadline is not made to wait again; a driver that comes late serves from then on.
    """

    def __init__(
        self,
        name: str,
        construct: Callable[[Opening], OpenDriver],
        deadline_seconds: float,
        provider: Callable[[], str],
    ) -> None:
        self.name, self.step = name, "import"
        self.threads = DriverThreads(name)
        self._provider = provider  # which is looked up only where somebody has to be told
        self._construct, self._seconds = construct, deadline_seconds
        self._abandoned = False
        self.threads_before = frozenset(threading.enumerate())
        self._began = time.monotonic()
        self._answer = self.threads.submit(self._run)

    @property
    def failed(self) -> bool:
        """Tell whether it ended with an error, so that another try may do better."""
        return self._answer.done() and self._answer.exception() is not None

    @property
    def opened(self) -> OpenDriver | None:
        """The driver, if it is open by now."""
        return self._answer.result() if self._answer.done() and not self.failed else None

    def wait(self) -> OpenDriver:
        """Return the driver once it is open; OstlerError where it fails or misses the deadline."""
        try:
            return self._answer.result(max(0.0, self._began + self._seconds - time.monotonic()))
        except FutureTimeoutError:
            who = f"driver {self.name!r} from {self._provider()}"
            msg = f"{who} did not return from its {self.step} within {self._seconds:g} s"
            raise DriverError(msg) from None
        except OstlerError:
            self.threads.close()
            raise

    def abandon(self) -> None:
        """Have a driver that is not open yet closed at once when it is."""
        self._abandoned = True

    def _run(self) -> OpenDriver:
        opened = self._construct(self)
        if self._abandoned:
            opened.driver.close()
        return opened
