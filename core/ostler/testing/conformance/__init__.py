"""The tests of the kit, put together: one for each sentence that the contract says of a driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.testing.conformance.ending import EndingTests
from ostler.testing.conformance.looking import LookingTests
from ostler.testing.conformance.reaching import ReachingTests
from ostler.testing.conformance.recovering import RecoveringTests
from ostler.testing.conformance.starting import StartingTests
from ostler.testing.conformance.stopping import StoppingTests
from ostler.testing.conformance.waiting import WaitingTests

if TYPE_CHECKING:
    from ostler.testing.harness import DriverHarness


class DriverConformance(
    LookingTests, StartingTests, WaitingTests, StoppingTests, ReachingTests, RecoveringTests, EndingTests
):
    """Hold a driver to the contract: inherit this in an empty class whose name starts with ``Test``.

    The module, or the class, has two fixtures.  ``harness`` returns a `DriverHarness`, most simply
    ``open_driver("name", {...settings...})``.  ``config`` returns a function that turns an `Act` into
    the config of a task that does it.  A test of something that the driver does not declare or does not
    implement is skipped, and says so.
    """

    @pytest.fixture(autouse=True)
    def _held(self, request: pytest.FixtureRequest, harness: DriverHarness) -> None:
        excuse = request.function.sentence.excuse(harness.driver)
        if excuse:
            pytest.skip(excuse)
