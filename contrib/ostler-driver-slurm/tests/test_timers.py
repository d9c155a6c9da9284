"""What becomes of an end that nobody read while the controller knew of it, and of a job that is overdue.

A controller forgets a job ten seconds after its end at the earliest, and looks at limits twice a minute.
So all this happens while other tests run; here is what came of it.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from accounting import PROGRAMS
from conftest import require

from ostler.drivers import Health, Reason

if TYPE_CHECKING:
    from conftest import Meanwhile
    from timers import WithAccounts, WithoutAccounts

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def accounted(meanwhile: Meanwhile) -> WithAccounts:
    require(*PROGRAMS)
    assert meanwhile.accounted is not None
    return meanwhile.accounted.result()


@pytest.fixture
def forgetful(meanwhile: Meanwhile) -> WithoutAccounts:
    require()
    assert meanwhile.forgetful is not None
    return meanwhile.forgetful.result()


def test_an_end_that_the_controller_forgot_is_read_from_the_accounts(accounted: WithAccounts) -> None:
    assert [(end.code, end.signal, end.reason) for end in accounted.ends if end] == [
        (5, 0, Reason.EXITED),
        (137, 9, Reason.SIGNALED),
        (0, 0, Reason.EXITED),
    ]
    assert accounted.calls.count("sacct") == 1


def test_a_cluster_with_accounts_says_so(accounted: WithAccounts) -> None:
    assert (accounted.found.health, accounted.found.reason) == (Health.HEALTHY, "")
    assert accounted.found.attributes["driver.slurm.accounting"] is True


def test_accounts_that_can_not_be_read_make_no_task_lost(accounted: WithAccounts) -> None:
    assert accounted.unreadable == [None]


def test_without_accounts_such_an_end_is_lost_and_says_why(forgetful: WithoutAccounts) -> None:
    (end,) = forgetful.ends
    assert end is not None
    assert (end.code, end.reason) == (125, Reason.LOST)
    assert end.message == "Slurm does not know it any more, and keeps no accounting that would tell its end"


def test_the_time_limit_of_slurm_itself_is_a_timeout_too(forgetful: WithoutAccounts) -> None:
    end = forgetful.overdue
    assert end is not None
    assert (end.reason, end.signal) == (Reason.TIMEOUT, signal.SIGTERM)
