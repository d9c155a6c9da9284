"""One driver that was opened: its facade, its threads, and what is asked of its settings on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import Factory, frozen

from ostler.config import DriverDeadlines
from ostler.drivers.boundary import Contained
from ostler.drivers.facade import Driver
from ostler.drivers.settings import Checked, Located, check, read
from ostler.drivers.threads import DriverThreads

if TYPE_CHECKING:
    from collections.abc import Callable


@frozen(kw_only=True)
class OpenDriver:
    """A driver that was constructed: its facade, its threads and what the operator decided about it.

    ``settings`` are those of its plugin block.
    ``stopping`` are threads for `stop` alone: it may take as long as a task's kill_timeout, and many
    tasks are stopped at once.
    """

    driver: Driver
    threads: DriverThreads
    stopping: DriverThreads
    settings: Any = None
    best_effort: bool = False
    denied_users: frozenset[str] = frozenset()
    deadlines: DriverDeadlines = Factory(DriverDeadlines)

    def check(self, config: Located, path: str) -> Checked:
        """Find the mistakes in a task's config, on the driver's threads: its settings class is its code."""

        def task_settings() -> Checked:
            with Contained(self.driver.name, "task_settings"):
                return check(self.driver.task_settings, config, path=path)

        return self.threads.call(task_settings, self.deadlines.answer_seconds)

    def remarks(self, config: Located, path: str, provider: Callable[[], str]) -> list[str]:
        """Note what is deprecated in a task's config; ``provider`` gives the name of the driver's package."""
        return self._remarks(self.driver.task_settings, config, path, provider)

    def plugin_remarks(self, config: Located, path: str, provider: Callable[[], str]) -> list[str]:
        """Note what is deprecated in the plugin block's config."""
        return self._remarks(type(self.settings), config, path, provider)

    def _remarks(self, kind: type[Any], config: Located, path: str, provider: Callable[[], str]) -> list[str]:
        from ostler.drivers.remarks import remarks

        def settings() -> list[str]:
            with Contained(self.driver.name, "settings"):
                return remarks(kind, config, path=path, provider=provider)

        return self.threads.call(settings, self.deadlines.answer_seconds)

    def reading(self, config: Located, path: str) -> Callable[[], Any]:
        """Give what reads a task's config, for the driver's threads; MistakeError if it is wrong."""

        def task_settings() -> Any:  # noqa: ANN401 - the driver's own class
            with Contained(self.driver.name, "task_settings"):
                return read(self.driver.task_settings, config, path=path)

        return task_settings
