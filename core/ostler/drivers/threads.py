"""Run a driver's hooks on a few daemon threads of its own, so that one that hangs delays nobody else."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from ostler.errors import DriverError, LateError, OstlerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

P = ParamSpec("P")
T = TypeVar("T")
Call = tuple["Future[object]", "Callable[[], object]"]

SIZE: Final = 16


class DriverThreads:
    """At most ``size`` daemon threads that carry out one driver's hook calls, started as they are needed.

    They are daemons on purpose: a hook that never returns must not keep the process from ending.
    """

    def __init__(self, name: str, size: int = SIZE) -> None:
        self.name = name
        self._size = size
        self._queue: SimpleQueue[Call | None] = SimpleQueue()  # None tells one thread to end
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._waiting = self._idle = 0
        self._closed = False

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a call and return its future; DriverError once `close` was called."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                msg = f"driver {self.name!r} is closed"
                raise DriverError(msg)
            self._waiting += 1
            self._grow()
            self._queue.put((future, lambda: function(*args, **kwargs)))  # type: ignore[arg-type]
        return future

    def call(self, function: Callable[P, T], deadline_seconds: float, *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out a call and return its answer; LateError when the deadline passes first."""
        return self._answer(self.submit(function, *args, **kwargs), function, deadline_seconds)

    def _answer(
        self, future: Future[T], function: object, deadline_seconds: float, left_seconds: float | None = None
    ) -> T:
        try:
            return future.result(deadline_seconds if left_seconds is None else left_seconds)
        except FutureTimeoutError:
            if future.done():  # just now, or with a TimeoutError of its own
                return future.result()
            future.cancel()  # what still waits for a thread is not begun any more
            raise late(self.name, function, deadline_seconds) from None

    def close(self, timeout_seconds: float = 1.0) -> None:
        """Let the threads end, and wait for those that do within the time; what is queued is not begun."""
        deadline = time.monotonic() + timeout_seconds
        with self._lock:
            self._closed = True
            threads, queued = list(self._threads), self._taken_back()
            for _ in threads:
                self._queue.put(None)
        for future, _ in queued:
            future.cancel()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    def _taken_back(self) -> list[Call]:
        taken: list[Call] = []
        while True:
            try:
                call = self._queue.get_nowait()
            except Empty:
                return taken
            if call is not None:
                taken.append(call)

    def _grow(self) -> None:
        if self._idle >= self._waiting or len(self._threads) >= self._size:
            return
        name = f"ostler-driver-{self.name}-{len(self._threads)}"
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
        with self._lock:
            self._idle += 1
        call = self._queue.get()
        with self._lock:
            self._idle -= 1
            self._waiting -= 1
        return call


def late(driver: str, function: object, deadline_seconds: float) -> LateError:
    """Say that a driver's hook has not answered in time."""
    name = getattr(function, "__name__", "a hook")
    return LateError(f"driver {driver!r} did not answer {name} within {deadline_seconds:g} s")


def side_by_side(
    calls: Sequence[tuple[DriverThreads, Callable[[], T]]], deadline_seconds: float
) -> list[T | OstlerError]:
    """Carry out a call of each of several drivers at once, and give each answer or what came in its place.

    Returns within ``deadline_seconds``, in the order given.
    """
    end = time.monotonic() + deadline_seconds
    asked = [_submitted(threads, function) for threads, function in calls]
    answers: list[T | OstlerError] = []
    for (threads, function), future in zip(calls, asked, strict=True):
        try:
            left = max(0.0, end - time.monotonic())
            answers.append(threads._answer(future, function, deadline_seconds, left))  # noqa: SLF001 - its own
        except OstlerError as error:
            answers.append(error)
    return answers


def _submitted(threads: DriverThreads, function: Callable[[], T]) -> Future[T]:
    try:
        return threads.submit(function)
    except DriverError as error:
        refused: Future[T] = Future()
        refused.set_exception(error)
        return refused
