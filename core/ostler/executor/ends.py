"""The ends that an executor has heard of, and who waits for them."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor.values import Exit

_log = logging.getLogger(__name__)


class Ends:
    """Ids that are expected to end, each with its exit once it has; every end is told once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._exits: dict[str, Exit | None] = {}
        self._callbacks: list[Callable[[str, Exit], None]] = []

    def expect(self, name: str) -> None:
        """Begin to expect an end."""
        with self._changed:
            self._exits.setdefault(name, None)

    def expected(self, name: str) -> bool:
        """Tell whether an end is expected or known."""
        with self._changed:
            return name in self._exits

    def pending(self) -> list[str]:
        """List those that have not ended."""
        with self._changed:
            return [name for name, outcome in self._exits.items() if outcome is None]

    def drop(self, name: str) -> None:
        """Expect an end no more."""
        with self._changed:
            if self._exits.get(name) is None:
                self._exits.pop(name, None)

    def forget(self, name: str) -> None:
        """Forget an end."""
        with self._changed:
            self._exits.pop(name, None)

    def tell(self, name: str, outcome: Exit) -> None:
        """Take note of an end and tell everyone, the first time."""
        with self._changed:
            if self._exits.get(name) is not None:
                return
            self._exits[name] = outcome
            callbacks = list(self._callbacks)
            self._changed.notify_all()
        for callback in callbacks:
            _call(callback, name, outcome)

    def wait(self, name: str, timeout_seconds: float | None) -> Exit | None:
        """Wait for an end; None when the time ran out."""
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        with self._changed:
            while (outcome := self._exits.get(name)) is None:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._changed.wait(left)
            return outcome

    def subscribe(self, callback: Callable[[str, Exit], None]) -> Callable[[], None]:
        """Tell ``callback`` of every end; gives the unsubscriber."""
        with self._changed:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._changed:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe


def _call(callback: Callable[[str, Exit], None], name: str, outcome: Exit) -> None:
    try:
        callback(name, outcome)
    except Exception:  # noqa: BLE001 - one bad callback may not keep the others from hearing
        _log.exception("a callback for the end of %s failed", name)
