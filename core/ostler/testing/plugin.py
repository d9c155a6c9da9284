"""What pytest gets from Ostler: readable asserts in the kit, and the fixture that opens a driver."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ostler.testing.harness import DriverHarness
    from ostler.testing.supervision import KeptExecutor

pytest.register_assert_rewrite("ostler.testing.conformance")


class OpenDriver(Protocol):
    """Open a driver, by its entry point's name or its class, with the settings of its plugin block."""

    def __call__(self, driver: str | type[Any], settings: Mapping[str, Any] | None = None) -> DriverHarness:
        """Open one and return the harness that runs it."""
        ...


@pytest.fixture(scope="class")
def ostler_executor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KeptExecutor | None]:
    """Give the executor that all tests of a class share which asks for it; else each has its own.

    The tests of the kit would spend most of their time on starting supervisors.
    """
    if not getattr(request.cls, "keeps_executor", False):
        yield None
        return
    from ostler.testing.supervision import keep_executor

    with keep_executor(tmp_path_factory.mktemp("executor")) as kept:
        yield kept


@pytest.fixture
def open_driver(tmp_path: Path, ostler_executor: KeptExecutor | None) -> Iterator[OpenDriver]:
    """Open drivers under ``tmp_path``, and end them and their tasks after the test."""
    from ostler.testing.harness import DriverHarness

    with ExitStack() as stack:

        def open_one(driver: str | type[Any], settings: Mapping[str, Any] | None = None) -> DriverHarness:
            harness = DriverHarness(driver, tmp_path / "ostler", settings=settings, kept=ostler_executor)
            return stack.enter_context(harness)

        yield open_one
