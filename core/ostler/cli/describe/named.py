"""A driver by its name, and its two settings classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from ostler.drivers.catalog import Catalog

Part = Literal["plugin", "task"]
PARTS: Final[tuple[Part, ...]] = ("plugin", "task")


class Named(NamedTuple):
    """A driver's name and its class, and the catalog that has it."""

    name: str
    driver: type[Any]
    catalog: Catalog

    @property
    def provider(self) -> str:
        """Who provides it, with the version."""
        return self.catalog.find(self.name).distribution

    def settings(self, part: Part) -> type[Any]:
        """Give the settings class of one of the two blocks."""
        chosen: type[Any] = self.driver.settings if part == "plugin" else self.driver.task_settings
        return chosen
