"""How a group is restarted, rescheduled, rolled out and moved: the times and the counts have to fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler.jobs.durations import SECOND, spoken
from ostler.jobs.rules.words import at_least, choice, not_negative, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

DELAY_FUNCTIONS: Final = ("constant", "exponential", "fibonacci")
_LEAST_RESTART: Final = 5 * SECOND
_LEAST_DELAY: Final = 5 * SECOND
_LEAST_RESCHEDULE: Final = 15 * SECOND


def restart(found: Found) -> Iterator[Problem]:
    """Check a restart policy, its missing keys filled in from above."""
    if found.implied:
        return
    attempts, interval, delay = found.get("attempts"), found.get("interval"), found.get("delay")
    yield from choice(found, "mode", ("fail", "delay"))
    yield from within(found, "attempts", 0)
    yield from not_negative(found, "delay")
    if attempts == 0 and found.get("mode") == "delay":
        yield found.problem("mode 'delay' with 0 attempts never restarts; write mode = \"fail\"", "mode")
    if interval < _LEAST_RESTART:
        yield from at_least(found, "interval", _LEAST_RESTART)
    elif attempts * delay > interval:
        text = (
            f"{attempts} attempts with a delay of {spoken(delay)} each don't fit into an interval of"
            f" {spoken(interval)}"
        )
        yield found.problem(text)


def reschedule(found: Found, job_type: str) -> Iterator[Problem]:
    """Check when a failed allocation is placed anew; nothing is checked where that never happens."""
    attempts, unlimited = found.get("attempts"), found.get("unlimited")
    if job_type == "system":
        yield found.problem("a job of type 'system' runs on every node already; take the block out")
        return
    if found.implied or (attempts <= 0 and not unlimited):
        return
    if attempts > 0 and unlimited:
        text = f"{attempts} attempts are not unlimited; write attempts = 0 or unlimited = false"
        yield found.problem(text, "unlimited")
    wrong = [*_delays(found)]
    yield from wrong
    if unlimited:
        return
    interval = found.get("interval")
    yield from at_least(found, "interval", _LEAST_RESCHEDULE)
    needed = 0 if wrong else _needed(found)
    if interval >= _LEAST_RESCHEDULE and needed > interval:
        text = f"{attempts} attempts take {spoken(needed)}; expected an interval of at least that, found"
        yield found.problem(f"{text} {spoken(interval)!r}", "interval")


def _delays(found: Found) -> Iterator[Problem]:
    yield from choice(found, "delay_function", DELAY_FUNCTIONS)
    yield from at_least(found, "delay", _LEAST_DELAY)
    if found.get("delay_function") == "constant":
        return
    if found.get("max_delay") < max(_LEAST_DELAY, found.get("delay")):
        yield from at_least(found, "max_delay", max(_LEAST_DELAY, found.get("delay")))


def _needed(found: Found) -> int:
    """Give the time that all attempts take, as Nomad counts it."""
    attempts, delay, most = found.get("attempts"), found.get("delay"), found.get("max_delay")
    if found.get("delay_function") == "constant":
        return int(attempts * delay)
    if found.get("delay_function") == "exponential":
        needed = 0
        for index in range(min(attempts, 64)):
            following = delay << index
            needed = needed + most if following > most else following
        return int(needed + max(attempts - 64, 0) * most)
    slots = [delay, delay]
    while len(slots) < min(attempts, 100):
        slots.append(min(slots[-1] + slots[-2], most) if slots[-1] < most else slots[-1] + most)
    return int(slots[-1] + max(attempts - 100, 0) * most)


def update(found: Found, job_type: str) -> Iterator[Problem]:
    """Check how a new version is rolled out."""
    if found.implied:
        return
    if job_type in {"batch", "sysbatch"}:
        yield found.problem(f"a job of type {job_type!r} is not rolled out; take the block out")
    yield from choice(found, "health_check", ("checks", "task_states", "manual"))
    yield from within(found, "max_parallel", 0)
    yield from within(found, "canary", 0)
    if found.get("auto_promote") and found.get("canary") == 0:
        yield found.problem("there is nothing to promote without a canary; write canary = 1", "auto_promote")
    yield from not_negative(found, "min_healthy_time", "progress_deadline")
    if found.get("stagger") <= 0:
        yield found.problem(f"expected more than '0s', found {spoken(found.get('stagger'))!r}", "stagger")
    yield from _deadlines(found)


def _deadlines(found: Found) -> Iterator[Problem]:
    healthy, deadline = found.get("min_healthy_time"), found.get("healthy_deadline")
    progress = found.get("progress_deadline")
    if deadline <= healthy or deadline <= 0:
        least = spoken(max(healthy, 0))
        text = f"expected more than min_healthy_time, {least!r}, found {spoken(deadline)!r}"
        yield found.problem(text, "healthy_deadline")
    if 0 < progress <= deadline:
        text = f"expected more than healthy_deadline, {spoken(deadline)!r}, or '0s' for none, found"
        yield found.problem(f"{text} {spoken(progress)!r}", "progress_deadline")


def migrate(found: Found, job_type: str) -> Iterator[Problem]:
    """Check how allocations leave a node that is drained."""
    if found.implied:
        return
    if job_type in {"batch", "sysbatch", "system"}:
        yield found.problem(f"a job of type {job_type!r} is not migrated; take the block out")
    yield from choice(found, "health_check", ("checks", "task_states"))
    yield from within(found, "max_parallel", 0)
    yield from not_negative(found, "min_healthy_time", "healthy_deadline")
    if found.get("min_healthy_time") > found.get("healthy_deadline"):
        text = (
            f"expected at least min_healthy_time, {spoken(found.get('min_healthy_time'))!r}, found "
            f"{spoken(found.get('healthy_deadline'))!r}"
        )
        yield found.problem(text, "healthy_deadline")
