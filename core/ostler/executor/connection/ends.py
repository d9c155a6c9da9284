"""The ends that an executor has heard of, and who waits for them."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ostler.errors import RecoverableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ostler.executor.values import Exit

_log = logging.getLogger(__name__)


class _Waiting:
    """Somebody who waits for one end, and is woken by no other; a bare lock wakes sooner than a condition."""

    def __init__(self) -> None:
        self._outcome: Exit | None = None
        self._told = threading.Lock()
        self._told.acquire()

    def tell(self, outcome: Exit | None) -> None:
        """Wake, once; with None where there is nobody left to tell."""
        self._outcome = outcome
        self._told.release()

    def wait(self, timeout_seconds: float | None) -> Exit | None:
        """Sleep until told, and no longer than that."""
        if timeout_seconds is None:
            self._told.acquire()
        else:
            self._told.acquire(timeout=min(max(0.0, timeout_seconds), threading.TIMEOUT_MAX))
        return self._outcome


class Ends:
    """Ids that are expected to end, each with its exit once it has; every end is told once.

    Who waits for one that is not expected, or turns out to have never begun, is told ``unknown``.
    """

    def __init__(self, unknown: Exit) -> None:
        self._unknown = unknown
        self._changing = threading.Lock()
        self._exits: dict[str, Exit | None] = {}
        self._starting: set[str] = set()
        self._waiting: dict[str, list[_Waiting]] = {}
        self._callbacks: list[Callable[[str, Exit], None]] = []
        self._closed = False

    def expect(self, name: str) -> None:
        """Begin to expect an end."""
        with self._changing:
            self._exits.setdefault(name, None)

    @contextmanager
    def starting(self, name: str) -> Iterator[None]:
        """Expect the end of what is being started meanwhile, and no more when that fails.

        An end that is known already was that of an earlier one of its name, which somebody else forgot.
        """
        with self._changing:
            earlier = self._exits.get(name)
            new = earlier is not None or name not in self._exits
            if new:
                self._exits[name] = None
                self._starting.add(name)
        try:
            yield
        except BaseException:
            with self._changing:
                if new:
                    self._disown(name)
                if earlier is not None:
                    self._exits[name] = earlier
            raise
        with self._changing:
            self._starting.discard(name)

    def expected(self, name: str) -> bool:
        """Tell whether an end is expected or known."""
        with self._changing:
            return name in self._exits

    def pending(self) -> dict[str, bool]:
        """Give those that have not ended, and of each whether it has begun."""
        with self._changing:
            return {
                name: name not in self._starting for name, outcome in self._exits.items() if outcome is None
            }

    def drop(self, name: str) -> None:
        """Expect an end no more, unless somebody waits for it or has it started."""
        with self._changing:
            if self._exits.get(name) is None and name not in self._starting and name not in self._waiting:
                self._exits.pop(name, None)

    def deny(self, name: str) -> None:
        """Expect an end no more, for nobody knows of it, unless it is being started."""
        with self._changing:
            if self._exits.get(name) is None and name not in self._starting:
                self._disown(name)

    def _disown(self, name: str) -> None:
        self._starting.discard(name)
        self._exits.pop(name, None)
        for each in self._waiting.pop(name, ()):
            each.tell(self._unknown)

    def forget(self, name: str) -> None:
        """Forget an end; who still waits for it is told ``unknown``."""
        with self._changing:
            self._disown(name)

    def tell(self, name: str, outcome: Exit) -> None:
        """Take note of an end and tell everyone, the first time."""
        with self._changing:
            if self._exits.get(name) is not None:
                return
            self._exits[name] = outcome
            callbacks = list(self._callbacks)
            waiting = self._waiting.pop(name, ())
        for each in waiting:
            each.tell(outcome)
        for callback in callbacks:
            _call(callback, name, outcome)

    def wait(self, name: str, timeout_seconds: float | None) -> Exit | None:
        """Wait for an end; None when the time ran out, RecoverableError when nobody is going to tell it."""
        with self._changing:
            if (outcome := self._exits.get(name, self._unknown)) is not None:
                return outcome
            self._refuse_when_closed()
            waiting = _Waiting()
            self._waiting.setdefault(name, []).append(waiting)
        outcome = waiting.wait(timeout_seconds)
        if outcome is None:
            self._give_up(name, waiting)
            self._refuse_when_closed()
        return outcome

    def close(self) -> None:
        """Wake whoever waits: no more ends are heard of."""
        with self._changing:
            self._closed = True
            left, self._waiting = self._waiting, {}
        for waiting in left.values():
            for each in waiting:
                each.tell(None)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            msg = "the executor is closed"
            raise RecoverableError(msg)

    def _give_up(self, name: str, waiting: _Waiting) -> None:
        with self._changing:
            left = self._waiting.get(name, [])
            if waiting in left:
                left.remove(waiting)
            if not left:
                self._waiting.pop(name, None)

    def subscribe(self, callback: Callable[[str, Exit], None]) -> Callable[[], None]:
        """Tell ``callback`` of every end; gives the unsubscriber."""
        with self._changing:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._changing:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe


def _call(callback: Callable[[str, Exit], None], name: str, outcome: Exit) -> None:
    try:
        callback(name, outcome)
    except Exception:  # noqa: BLE001 - one bad callback may not keep the others from hearing
        _log.exception("a callback for the end of %s failed", name)
