"""Each driver has a few threads of its own, and one that hangs delays nobody else."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import DriverThreads
from ostler.errors import DriverError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 10.0


@pytest.fixture
def threads() -> Iterator[DriverThreads]:
    made = DriverThreads("trial", size=2)
    yield made
    made.close()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Give an event that hanging calls wait for, set when the test is over."""
    made = threading.Event()
    yield made
    made.set()


def test_a_call_returns_its_answer(threads: DriverThreads) -> None:
    assert threads.call(lambda: 42, PATIENCE_SECONDS) == 42


def test_arguments_are_handed_over(threads: DriverThreads) -> None:
    assert threads.call(int, PATIENCE_SECONDS, "ff", base=16) == 255


def test_a_call_that_misses_its_deadline_is_named(
    threads: DriverThreads, gate: threading.Event, golden: Callable[[str, object], None]
) -> None:
    def fingerprint() -> None:
        gate.wait()

    with pytest.raises(DriverError) as raised:
        threads.call(fingerprint, 0.05)
    golden("threads-deadline", raised.value)


def test_a_hanging_call_delays_no_other(threads: DriverThreads, gate: threading.Event) -> None:
    threads.submit(gate.wait)
    assert threads.call(lambda: "quick", PATIENCE_SECONDS) == "quick"


def test_a_timeout_of_the_hook_itself_is_its_own(threads: DriverThreads) -> None:
    def slow() -> None:
        msg = "the daemon did not answer"
        raise TimeoutError(msg)

    with pytest.raises(TimeoutError, match="the daemon did not answer"):
        threads.call(slow, PATIENCE_SECONDS)


def test_an_exit_is_handed_to_whoever_asked(threads: DriverThreads) -> None:
    with pytest.raises(SystemExit):
        threads.call(sys.exit, PATIENCE_SECONDS, 3)
    assert threads.call(lambda: "alive", PATIENCE_SECONDS) == "alive"


def test_there_are_never_more_threads_than_allowed(threads: DriverThreads, gate: threading.Event) -> None:
    waiting = [threads.submit(gate.wait) for _ in range(5)]
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("ostler-driver-trial")]
    assert sorted(names) == ["ostler-driver-trial-0", "ostler-driver-trial-1"]
    gate.set()
    assert all(future.result(PATIENCE_SECONDS) for future in waiting)


def test_idle_threads_are_used_again(threads: DriverThreads) -> None:
    used = set()
    for _ in range(5):
        used.add(threads.call(threading.get_ident, PATIENCE_SECONDS))
        while not threads._idle:  # noqa: SLF001 - it gave its answer, but may not wait for more yet
            time.sleep(0.001)
    assert len(used) == 1


def test_the_threads_are_daemons(threads: DriverThreads) -> None:
    assert threads.call(lambda: threading.current_thread().daemon, PATIENCE_SECONDS)


def test_without_a_call_there_is_no_thread() -> None:
    before = threading.active_count()
    DriverThreads("idle").close()
    assert threading.active_count() == before


def test_closing_ends_the_threads() -> None:
    made = DriverThreads("brief")
    thread = made.call(threading.current_thread, PATIENCE_SECONDS)
    made.close()
    assert not thread.is_alive()


def test_a_call_after_the_close_is_refused(golden: Callable[[str, object], None]) -> None:
    made = DriverThreads("brief")
    made.close()
    with pytest.raises(DriverError) as raised:
        made.submit(int)
    golden("threads-closed", raised.value)


def test_closing_does_not_wait_for_a_hanging_call(gate: threading.Event) -> None:
    made = DriverThreads("stuck")
    made.submit(gate.wait)
    started = time.monotonic()
    made.close(0.1)
    assert time.monotonic() - started < PATIENCE_SECONDS
