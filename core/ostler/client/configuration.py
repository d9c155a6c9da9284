"""Refuse a configuration that is wrong, with all that is wrong in it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.config import check_plugins, check_wrappers
from ostler.errors import MistakeError, Problem, by_place

if TYPE_CHECKING:
    from ostler.config import AgentConfig
    from ostler.drivers.catalog import Catalog
    from ostler.drivers.wrapper_catalog import WrapperCatalog


def refuse_flawed(
    config: AgentConfig, drivers: Catalog, wrappers: WrapperCatalog | None, flaws: tuple[Problem, ...]
) -> None:
    """Refuse what is wrong in the configuration's files, and blocks of what is not installed."""
    problems = [*flaws, *check_plugins(config, drivers.names)]
    if wrappers is not None:
        problems += check_wrappers(config, wrappers)
    if problems:
        raise MistakeError(sorted(problems, key=by_place))
