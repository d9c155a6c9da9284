from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ostler.executor import Isolation, Reason
from tests.executor.bench import pids_of, wait_until

if TYPE_CHECKING:
    from tests.executor.bench import Bench

DEAF = "trap '' INT TERM; echo up; while :; do sleep 0.05; done"
# A child that leaves the session and whose parent is gone, with a number to know it by.
STRAY = "(setsid sh -c 'sleep {0} & sleep {0}' &) ; echo up; sleep {0}"


def test_a_polite_task_stops_at_the_first_signal(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", "trap 'exit 4' INT; echo up; while :; do sleep 0.01; done")
    wait_until(bench.output)
    bench.executor.stop(process, grace_seconds=20)
    outcome = bench.end(process)
    assert (outcome.code, outcome.reason) == (4, Reason.STOPPED)


def test_the_signal_can_be_chosen(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "60")
    bench.executor.stop(process, grace_seconds=20, signal="SIGUSR1")
    assert bench.end(process).signal == 10


def test_a_deaf_task_is_killed_after_the_grace(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", DEAF)
    wait_until(bench.output)
    begin = time.monotonic()
    bench.executor.stop(process, grace_seconds=0.3)
    assert 0.3 <= time.monotonic() - begin < 3
    assert (bench.end(process).signal, bench.end(process).reason) == (9, Reason.STOPPED)


def test_without_grace_the_kill_comes_at_once(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", DEAF)
    bench.executor.stop(process, grace_seconds=0)
    assert bench.end(process).signal == 9


def test_stopping_twice_succeeds(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "60")
    bench.executor.stop(process, grace_seconds=1)
    bench.executor.stop(process, grace_seconds=1)


def test_stopping_an_ended_task_changes_nothing(bench: Bench) -> None:
    process = bench.start("/bin/true")
    before = bench.end(process)
    bench.executor.stop(process, grace_seconds=1)
    assert bench.end(process) == before


def test_children_that_left_the_session_die_too(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", STRAY.format(61.234))
    wait_until(lambda: len(pids_of("61.234")) >= 3)
    bench.executor.stop(process, grace_seconds=0)
    assert pids_of("61.234") == []


def test_isolated_children_that_left_the_session_die_too(bench: Bench, isolation: Isolation) -> None:
    process = bench.start("/bin/sh", "-c", STRAY.format(62.345), isolation=isolation)
    wait_until(lambda: len(pids_of("62.345")) >= 3)
    bench.executor.stop(process, grace_seconds=0)
    assert pids_of("62.345") == []


def test_children_die_when_the_main_process_ends_by_itself(bench: Bench) -> None:
    assert bench.shell("(setsid sleep 63.456 &) ; sleep 0.1; exit 3").code == 3
    assert pids_of("sleep 63.456") == []


def test_forgetting_kills_what_runs(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "64.567")
    bench.executor.forget(process)
    assert pids_of("64.567") == []
    assert bench.executor.processes() == []
