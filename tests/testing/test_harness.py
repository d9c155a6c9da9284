"""What the kit does round a driver: it refuses as the runner does, skips with a reason, and counts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import Resources
from ostler.errors import RefusedError
from ostler.testing import Act, DriverHarness
from ostler.testing.acting import Run
from ostler.testing.limits import need, setting_for
from ostler.testing.numbers import last_number, numbers_digest
from ostler_drivers import acts

if TYPE_CHECKING:
    from ostler.testing.plugin import OpenDriver


@pytest.fixture
def harness(open_driver: OpenDriver) -> DriverHarness:
    return open_driver("mock_driver")


def test_a_limit_that_nothing_holds_is_refused_as_the_runner_does(harness: DriverHarness) -> None:
    resources = Resources(memory_mb=64, asked=frozenset({"memory"}))
    with pytest.raises(RefusedError, match=r"can't hold all the limits .* here memory is ignored"):
        harness.run({"run_for": 60}, resources=resources)
    assert harness.tasks == []


def test_a_skip_names_the_act_that_no_task_can_do(harness: DriverHarness) -> None:
    words = "driver 'mock_driver' can't do the act `busy`, `code`: a simulated task only writes a text"
    with pytest.raises(pytest.skip.Exception, match=words):
        Run(harness, acts.mock)(Act(busy=True, code=3))


def test_a_skip_names_the_limit_that_does_not_hold(harness: DriverHarness) -> None:
    with pytest.raises(pytest.skip.Exception, match="does not hold the limit `pids`: here it is ignored"):
        need(harness, "pids")


def test_a_skip_names_the_mark_that_no_setting_has(harness: DriverHarness) -> None:
    with pytest.raises(
        pytest.skip.Exception, match="has no setting of a task that is marked `limit='timeout'`"
    ):
        setting_for(harness, "timeout", 1)


def test_a_job_may_add_to_the_environment_of_a_task(harness: DriverHarness) -> None:
    running = harness.run({"run_for": 60}, env={"COLOUR": "red"})
    assert running.task.environment["COLOUR"] == "red"


@pytest.mark.parametrize("last", [1, 9, 999, 1000, 1001, 1999, 2000, 123_456])
def test_numbers_are_digested_as_they_are_written(last: int) -> None:
    written = "".join(f"{number}\n" for number in range(1, last + 1)).encode()
    assert numbers_digest(last) == hashlib.blake2b(written).hexdigest()


@pytest.mark.parametrize(("size", "last"), [(1, 1), (18, 9), (19, 10), (189, 66), (198, 69), (5000, 1222)])
def test_as_many_numbers_are_written_as_fill_a_size(size: int, last: int) -> None:
    assert last_number(size) == last
