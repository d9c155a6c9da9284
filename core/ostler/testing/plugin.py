"""What pytest gets from Ostler: readable asserts in the kit, and the fixtures that open a driver."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ostler.drivers import Located
    from ostler.testing.act import ConfigFor
    from ostler.testing.harness import DriverHarness
    from ostler.testing.supervision import KeptExecutor

pytest.register_assert_rewrite("ostler.testing.conformance")


class OpenDriver(Protocol):
    """Open a driver, by its entry point's name or its class, with the settings of its plugin block."""

    def __call__(
        self, driver: str | type[Any], settings: Mapping[str, Any] | Located | None = None
    ) -> DriverHarness:
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

        def open_one(
            driver: str | type[Any], settings: Mapping[str, Any] | Located | None = None
        ) -> DriverHarness:
            harness = DriverHarness(driver, tmp_path / "ostler", settings=settings, kept=ostler_executor)
            return stack.enter_context(harness)

        yield open_one


@pytest.fixture
def harness(request: pytest.FixtureRequest, open_driver: OpenDriver) -> DriverHarness:
    """Open the driver that the class of the test names in ``driver``, with its ``settings``."""
    return open_driver(_named(request), getattr(request.cls, "settings", None))


@pytest.fixture
def config(request: pytest.FixtureRequest) -> ConfigFor:
    """Give the acts that the package of the driver offers under ``ostler.conformance.v1``."""
    from ostler.testing.acts import acts_of

    named = _named(request)
    if not isinstance(named, str):
        pytest.fail(_NO_ACTS, pytrace=False)
    return acts_of(named)


_NO_DRIVER: Final = "name the driver in the class: driver = 'NAME'; or write the fixture `harness`"
_NO_ACTS: Final = "write the fixture `config`: a class that no entry point names offers no acts"


def _named(request: pytest.FixtureRequest) -> str | type[Any]:
    named: str | type[Any] = getattr(request.cls, "driver", "")
    return named or pytest.fail(_NO_DRIVER, pytrace=False)
