"""Run a driver's hooks on a few daemon threads of its own, so that one that hangs delays nobody else."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from ostler.errors import DriverError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")
Call = tuple["Future[object]", "Callable[[], object]"]

SIZE: Final = 16


class DriverThreads:
    """At most ``size`` daemon threads that carry out one driver's hook calls, started as they are needed.

    They are daemons on purpose: a hook that never returns must not keep the process from ending.
    """

    def __init__(self, name: str, size: int = SIZE) -> None:
        self._name = name
        self._size = size
        self._waiting: deque[Call] = deque()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a call and return its future; DriverError once `close` was called."""
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                msg = f"driver {self._name!r} is closed"
                raise DriverError(msg)
            self._waiting.append((future, lambda: function(*args, **kwargs)))  # type: ignore[arg-type]
            self._grow()
            self._changed.notify()
        return future

    def call(self, function: Callable[P, T], deadline_seconds: float, *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out a call and return its answer; DriverError when the deadline passes first."""
        future = self.submit(function, *args, **kwargs)
        try:
            return future.result(deadline_seconds)
        except FutureTimeoutError:
            if future.done():  # just now, or with a TimeoutError of its own
                return future.result()
            name = getattr(function, "__name__", "a hook")
            msg = f"driver {self._name!r} did not answer {name} within {deadline_seconds:g} s"
            raise DriverError(msg) from None

    def close(self, timeout_seconds: float = 1.0) -> None:
        """Let the threads end, and wait for those that do within the time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _grow(self) -> None:
        if self._idle >= len(self._waiting) or len(self._threads) >= self._size:
            return
        name = f"ostler-driver-{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (call := self._next()) is not None:
            future, function = call
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed to whoever asked, SystemExit too
                future.set_exception(error)
            del call, future, function

    def _next(self) -> Call | None:
        with self._changed:
            self._idle += 1
            while not self._waiting and not self._closed:
                self._changed.wait()
            self._idle -= 1
            return self._waiting.popleft() if self._waiting else None
