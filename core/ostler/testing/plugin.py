"""What pytest gets from Ostler: readable asserts in the kit, and the fixture that opens a driver."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ostler.testing.harness import DriverHarness

pytest.register_assert_rewrite("ostler.testing.conformance")


class OpenDriver(Protocol):
    """Open a driver, by its entry point's name or its class, with the settings of its plugin block."""

    def __call__(self, driver: str | type[Any], settings: Mapping[str, Any] | None = None) -> DriverHarness:
        """Open one and return the harness that runs it."""
        ...


@pytest.fixture
def open_driver(tmp_path: Path) -> Iterator[OpenDriver]:
    """Open drivers under ``tmp_path``, and end them and their tasks after the test."""
    from ostler.testing.harness import DriverHarness

    with ExitStack() as stack:

        def open_one(driver: str | type[Any], settings: Mapping[str, Any] | None = None) -> DriverHarness:
            return stack.enter_context(DriverHarness(driver, tmp_path / "ostler", settings=settings))

        yield open_one
