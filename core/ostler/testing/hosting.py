"""A driver as a process of its host has it: opened, called on threads of its own, let go of again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ostler.drivers import Catalog, DriverContext, DriverThreads, Located
from ostler.drivers.settings import read
from ostler.executor import Executor
from ostler.testing.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ostler.drivers import Capabilities, Driver, Wrapper
    from ostler.testing.supervision import KeptExecutor

P = ParamSpec("P")
T = TypeVar("T")


class DriverHost:
    """One driver with what its host gives it: settings, an executor, threads; ``open`` constructs it."""

    def __init__(
        self,
        driver: str | type[Any],
        directory: Path,
        *,
        settings: Mapping[str, Any] | Located | None = None,
        wrappers: Sequence[Wrapper] = (),
        scale: Scale | None = None,
        kept: KeptExecutor | None = None,
    ) -> None:
        self.directory, self.scale = directory, scale or Scale()
        self.patience_seconds, self.moment_seconds = self.scale.patience_seconds, self.scale.moment_seconds
        self.name = driver if isinstance(driver, str) else driver.__name__.lower()
        self.catalog = Catalog(None if isinstance(driver, str) else ())
        if not isinstance(driver, str):
            self.catalog.add(self.name, driver)
        given = settings if isinstance(settings, Located) else Located(value=dict(settings or {}))
        self.target, self.settings, self._wrappers = driver, given, wrappers
        self._kept = kept
        self.executor_directory = directory / "executor" if kept is None else kept.directory
        self.events: list[tuple[str, str]] = []
        self.state_directory = directory / "state" / self.name
        self.state_directory.mkdir(parents=True, mode=0o700, exist_ok=True)

    @property
    def capabilities(self) -> Capabilities:
        """What the driver declares."""
        return self.driver.capabilities

    def open(self) -> None:
        """Construct the driver and what it is given."""
        kept = self._kept
        self.executor = Executor(self.executor_directory) if kept is None else kept.executor
        self.threads = DriverThreads(self.name)
        self.driver: Driver = self.catalog.open(self.name, self._context(), self._wrappers)

    def leave(self) -> None:
        """End what this process holds of the driver, as a host does that ends; tasks go on."""
        self.call(self.driver.close)
        if self._kept is None:
            self.executor.close()
        self._kept = None  # the next host shall know nothing of what this one did
        self.threads.close()

    def reopen(self) -> None:
        """Let another host take the place of this one: nothing is left of it but what is written down."""
        self.leave()
        self.open()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a hook on one of the driver's threads; DriverError when it hangs."""
        return self.threads.call(function, self.patience_seconds, *args, **kwargs)

    def _context(self) -> DriverContext:
        settings = self.catalog.load(self.name).settings
        return DriverContext(
            name=self.name,
            settings=read(settings, self.settings, path=f"plugin.{self.name}.config"),
            state_directory=self.state_directory,
            executor=self.executor,
            node={},
            logger=logging.getLogger(f"ostler.driver.{self.name}"),
            emit=lambda task_id, message, _: self.events.append((task_id, message)),
        )
