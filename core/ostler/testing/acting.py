"""Run acts as tasks of the driver under test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.drivers import Resources, Task
    from ostler.testing.act import Act, ConfigFor
    from ostler.testing.harness import DriverHarness
    from ostler.testing.running import RunningTask


class Run:
    """Run an act as a task; the test is skipped where the driver's author says that no task can do it."""

    def __init__(self, harness: DriverHarness, config: ConfigFor) -> None:
        self._harness = harness
        self._config = config

    def __call__(
        self,
        act: Act,
        *,
        name: str = "task",
        env: Mapping[str, str] | None = None,
        resources: Resources | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> RunningTask:
        """Start a task that does ``act``; ``settings`` are added to its config."""
        config = {**self.config(act), **(settings or {})}
        return self._harness.run(config, name=name, env=env, resources=resources)

    def task(self, act: Act) -> Task:
        """Prepare a task that does ``act``, whose directories don't exist yet."""
        return self._harness.task(self.config(act))

    def prepare(self, act: Act) -> RunningTask:
        """Have a task that does ``act`` ready to be started."""
        return self._harness.prepare(self._harness.furnish(self.task(act)))

    def config(self, act: Act) -> Mapping[str, Any]:
        """Turn ``act`` into a config."""
        try:
            return self._config(act)
        except NotImplementedError as error:
            names, why = ", ".join(f"`{name}`" for name in act.asked), str(error) or "no reason given"
            pytest.skip(f"driver {self._harness.name!r} can't do the act {names}: {why}")
