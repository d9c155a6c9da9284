"""The tests of the kit, put together: one for each sentence that the contract says of a driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from ostler.testing.acting import Run
from ostler.testing.conformance.ageing import AgeingTests
from ostler.testing.conformance.ending import EndingTests
from ostler.testing.conformance.executing import ExecutingTests
from ostler.testing.conformance.exiting import ExitingTests
from ostler.testing.conformance.furnishing import FurnishingTests
from ostler.testing.conformance.limiting import LimitingTests
from ostler.testing.conformance.looking import LookingTests
from ostler.testing.conformance.naming import NamingTests
from ostler.testing.conformance.recovering import RecoveringTests
from ostler.testing.conformance.signalling import SignallingTests
from ostler.testing.conformance.starting import StartingTests
from ostler.testing.conformance.stopping import StoppingTests
from ostler.testing.conformance.waiting import WaitingTests
from ostler.testing.conformance.writing import WritingTests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.testing.act import ConfigFor
    from ostler.testing.harness import DriverHarness


class DriverConformance(
    LookingTests,
    StartingTests,
    WritingTests,
    ExitingTests,
    FurnishingTests,
    NamingTests,
    LimitingTests,
    WaitingTests,
    StoppingTests,
    SignallingTests,
    ExecutingTests,
    RecoveringTests,
    EndingTests,
    AgeingTests,
):
    """Hold a driver to the contract: inherit this in an empty class whose name starts with ``Test``.

    The class names the ``driver`` by its entry point, and its ``settings`` where it needs some; the acts
    are those that its package offers under ``ostler.conformance.v1``.  In their place the module, or the
    class, may have two fixtures.  ``harness`` returns a `DriverHarness`, most simply
    ``open_driver("name", {...settings...})``.  ``config`` returns a function that turns an `Act` into
    the config of a task that does it, and raises NotImplementedError, with the reason, for an act that no
    task of the driver can do.  A test of something that the driver does not declare, does not implement or
    can't do is skipped, and says which.
    """

    driver: ClassVar[str | type[Any]] = ""
    settings: ClassVar[Mapping[str, Any] | None] = None
    keeps_executor: ClassVar = True

    @pytest.fixture
    def run(self, harness: DriverHarness, config: ConfigFor) -> Run:
        """Run acts as tasks."""
        return Run(harness, config)

    @pytest.fixture(autouse=True)
    def _held(self, request: pytest.FixtureRequest, harness: DriverHarness) -> None:
        excuse = request.function.sentence.excuse(harness.driver)
        if excuse:
            pytest.skip(excuse)
