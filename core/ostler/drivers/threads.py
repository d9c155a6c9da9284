"""Run a driver's hooks on a few daemon threads of its own, so that one that hangs delays nobody else."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar

from ostler.errors import DriverError, LateError, OstlerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

P = ParamSpec("P")
T = TypeVar("T")

SIZE: Final = 16


class DriverThreads:
    """At most ``size`` daemon threads that carry out one driver's hook calls, started as they are needed.

    They are daemons on purpose: a hook that never returns must not keep the process from ending.
    """

    def __init__(self, name: str, size: int = SIZE) -> None:
        self.name = name
        self._size = size
        self._queue: SimpleQueue[_Kept[Any] | _Awaited[Any] | None] = SimpleQueue()  # None ends one thread
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._waiting = self._idle = 0
        self._closed = False

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a call and return its future; DriverError once `close` was called."""
        kept = _Kept(lambda: function(*args, **kwargs))
        self._put(kept)
        return kept.future

    def call(self, function: Callable[P, T], deadline_seconds: float, *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out a call and return its answer; LateError when the deadline passes first."""
        awaited = _Awaited(lambda: function(*args, **kwargs))
        self._put(awaited)
        if not awaited.done(deadline_seconds):
            awaited.abandon()
            raise late(self.name, function, deadline_seconds)
        return awaited.result()

    def _put(self, call: _Kept[Any] | _Awaited[Any]) -> None:
        with self._lock:
            if self._closed:
                msg = f"driver {self.name!r} is closed"
                raise DriverError(msg)
            self._waiting += 1
            self._grow()
            self._queue.put(call)

    def close(self, timeout_seconds: float = 1.0) -> None:
        """Let the threads end, and wait for those that do within the time; what is queued is not begun."""
        deadline = time.monotonic() + timeout_seconds
        with self._lock:
            self._closed = True
            threads, queued = list(self._threads), self._taken_back()
            for _ in threads:
                self._queue.put(None)
        for call in queued:
            call.cancel()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    def _taken_back(self) -> list[_Kept[Any] | _Awaited[Any]]:
        taken: list[_Kept[Any] | _Awaited[Any]] = []
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
            call.carry_out()
            del call

    def _next(self) -> _Kept[Any] | _Awaited[Any] | None:
        with self._lock:
            self._idle += 1
        call = self._queue.get()
        with self._lock:
            self._idle -= 1
            self._waiting -= 1
        return call


class _Kept(Generic[T]):
    """A call whose answer is kept for whoever asks, in a future."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self.future: Future[T] = Future()

    def carry_out(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self._function())
        except BaseException as error:  # noqa: BLE001 - handed to whoever asked, SystemExit too
            self.future.set_exception(error)

    def cancel(self) -> None:
        self.future.cancel()


class _Awaited(Generic[T]):
    """A call that one thread waits for: a lock, where waiting for a future would be most of a hook's cost."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._running = threading.Lock()
        self._running.acquire()
        self._abandoned = False
        self._error: BaseException | None = None
        self._answer: T

    def carry_out(self) -> None:
        if self._abandoned:
            return
        try:
            self._answer = self._function()
        except BaseException as error:  # noqa: BLE001 - handed to whoever asked, SystemExit too
            self._error = error
        self._running.release()

    def abandon(self) -> None:
        """Let it not begin any more, if it still waits for a thread: nobody waits for it."""
        self._abandoned = True

    def cancel(self) -> None:
        """Tell whoever waits for it that it will not begin."""
        self._error = CancelledError()
        self._running.release()

    def done(self, timeout_seconds: float) -> bool:
        """Wait for the answer, and tell whether it came."""
        return self._running.acquire(timeout=timeout_seconds)

    def result(self) -> T:
        """Give the answer, or raise what came in its place."""
        if self._error is None:
            return self._answer
        try:
            raise self._error
        finally:
            del self._error  # which holds this frame


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
            answers.append(_answer(future, left, late(threads.name, function, deadline_seconds)))
        except OstlerError as error:
            answers.append(error)
    return answers


def _answer(future: Future[T], left_seconds: float, too_late: LateError) -> T:
    try:
        return future.result(left_seconds)
    except FutureTimeoutError:
        if future.done():  # just now, or with a TimeoutError of its own
            return future.result()
        future.cancel()  # what still waits for a thread is not begun any more
        raise too_late from None


def _submitted(threads: DriverThreads, function: Callable[[], T]) -> Future[T]:
    try:
        return threads.submit(function)
    except DriverError as error:
        refused: Future[T] = Future()
        refused.set_exception(error)
        return refused
