"""What holds of the limits that a driver declares, and of those that it doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import pytest

from ostler.drivers import Enforcement, LimitSupport, Reason, Resources, fields, values
from ostler.drivers.limits import unheld
from ostler.errors import RefusedError
from ostler.testing.act import Act
from ostler.testing.limits import need, requests, setting_for
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness

LIMITS: Final = [each.name for each in attrs.fields(LimitSupport)]
MEMORY_MB: Final = 64
PIDS: Final = 12


class LimitingTests:
    """A limit holds, or the job that asks for it is refused."""

    @sentence(values.Capabilities, "``limits`` is the best that the driver can do anywhere")
    def test_a_machine_promises_no_more_than_the_driver(self, harness: DriverHarness) -> None:
        """What the fingerprint says of a limit is not better than what the capabilities say."""
        order = list(Enforcement)
        best, here = harness.capabilities.limits, harness.limits
        worse = [
            name for name in LIMITS if order.index(getattr(here, name)) < order.index(getattr(best, name))
        ]
        assert worse == []

    @sentence(fields.setting, "so that it can be refused where it would not hold")
    def test_a_limit_that_nothing_holds_is_refused(self, harness: DriverHarness, run: Run) -> None:
        """Ask for each of those, in the resources and by the driver's own settings."""
        missing = unheld(LIMITS, harness.limits)
        for request in (each for name, _ in missing for each in requests(harness, run.config(Act()), name)):
            try:
                harness.start(request.task)
            except RefusedError:
                continue
            pytest.fail(
                f"a task that asks for {request.words} was started, although nothing holds that limit"
            )

    @sentence(values.Capabilities, "A task that takes more memory than it may ends with the reason ``oom``.")
    def test_a_task_that_takes_too_much_memory_is_ended(self, harness: DriverHarness, run: Run) -> None:
        """It takes three times as much as it may."""
        need(harness, "memory")
        resources = Resources(memory_mb=MEMORY_MB, asked=frozenset({"memory"}))
        end = run(Act(memory_mb=3 * MEMORY_MB, seconds=60), resources=resources).end()
        assert end is not None
        assert end.reason is Reason.OOM

    @sentence(
        values.Capabilities,
        "One that starts more processes than it may does not get them where that is enforced, and is ended "
        "where it is watched; its siblings go on.",
    )
    def test_a_task_gets_no_more_processes_than_it_may_have(self, harness: DriverHarness, run: Run) -> None:
        """It starts four times as many as it may; another task stands beside it."""
        need(harness, "pids")
        limit = setting_for(harness, "pids", PIDS)
        sibling = run(Act(seconds=60))
        storm = run(Act(processes=4 * PIDS, seconds=60), settings=limit)
        storm.settle()
        if harness.limits.pids is Enforcement.ENFORCED:
            assert storm.stdout.size <= PIDS
        else:
            assert storm.end() is not None
        assert sibling.end(0) is None

    @sentence(values.Capabilities, "One that lasts longer than it may ends with the reason ``timeout``.")
    def test_a_task_that_lasts_too_long_is_ended(self, harness: DriverHarness, run: Run) -> None:
        """It is deaf, too."""
        need(harness, "timeout")
        limit = setting_for(harness, "timeout", harness.moment_seconds)
        end = run(Act(seconds=60, deaf=True), settings=limit).end()
        assert end is not None
        assert end.reason is Reason.TIMEOUT
