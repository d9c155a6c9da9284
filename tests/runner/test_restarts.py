from __future__ import annotations

from ostler.jobs import Restart
from ostler.runner.restarts import Decision, RestartTracker

FAIL = Restart(attempts=2, interval_seconds=100, delay_seconds=10, mode="fail")
DELAY = Restart(attempts=1, interval_seconds=100, delay_seconds=10, mode="delay")


def tracker(policy: Restart, *, on_success: bool = False, jitter: float = 0.0) -> RestartTracker:
    return RestartTracker(policy, on_success, lambda: jitter)


def failed(each: RestartTracker, now: float) -> Decision:
    return each.after_exit(successful=False, now=now)


def test_a_failed_task_restarts_until_its_attempts_are_used() -> None:
    each = tracker(FAIL)
    assert [failed(each, now).again for now in (0, 1, 2)] == [True, True, False]


def test_the_reason_names_the_policy() -> None:
    each = tracker(FAIL)
    assert failed(each, 0).reason == "Restart within policy"
    failed(each, 1)
    assert failed(each, 2).reason == 'Exceeded allowed attempts 2 in interval 100s and mode is "fail"'


def test_a_new_interval_gives_new_attempts() -> None:
    each = tracker(FAIL)
    assert [failed(each, now).again for now in (0, 1, 101, 102, 103)] == [True, True, True, True, False]


def test_the_delay_gets_up_to_a_quarter_more() -> None:
    assert failed(tracker(FAIL), 0).delay_seconds == 10
    assert failed(tracker(FAIL, jitter=1.0), 0).delay_seconds == 12.5


def test_mode_delay_waits_for_the_interval_s_end_and_begins_anew() -> None:
    each = tracker(DELAY)
    assert failed(each, 0).delay_seconds == 10
    assert failed(each, 30) == Decision(
        again=True, delay_seconds=70, reason="Exceeded allowed attempts, applying a delay"
    )
    assert failed(each, 100).delay_seconds == 10


def test_a_success_ends_a_batch_task_and_restarts_a_service() -> None:
    assert not tracker(FAIL).after_exit(successful=True, now=0).again
    assert tracker(FAIL, on_success=True).after_exit(successful=True, now=0).again


def test_no_attempts_allow_no_restart() -> None:
    decision = failed(tracker(Restart(attempts=0)), 0)
    assert (decision.again, decision.reason) == (False, "Policy allows no restarts")


def test_a_start_that_cannot_work_is_final() -> None:
    decision = tracker(FAIL).after_failed_start(recoverable=False, now=0)
    assert (decision.again, decision.reason) == (False, "Error was unrecoverable")
    assert tracker(FAIL).after_failed_start(recoverable=True, now=0).again
