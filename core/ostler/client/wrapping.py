"""The policies and observers round every driver: those of the configuration, then the embedder's."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ostler.drivers.settings import read
from ostler.drivers.values import WrapperContext
from ostler.drivers.wrappers import Wrapper
from ostler.errors import DriverError, MistakeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.config import AgentConfig, WrapperBlock
    from ostler.drivers.wrapper_catalog import WrapperCatalog
    from ostler.errors import Problem
    from ostler.node import Node


def embedded(policies: Mapping[str, object], observers: Mapping[str, object]) -> tuple[Wrapper, ...]:
    """Give the embedder's own policies and observers their names and kinds."""
    deciding = [Wrapper(name, hooks, "policy") for name, hooks in policies.items()]
    return (*deciding, *(Wrapper(name, hooks, "observer") for name, hooks in observers.items()))


def configured(config: AgentConfig, catalog: WrapperCatalog, node: Node) -> tuple[Wrapper, ...]:
    """Import and construct what the wrapper blocks name, in their order.

    Raises MistakeError with all that is wrong in the blocks, DriverError for a wrapper that is broken: a
    policy that can't be asked allows nothing, and an observer was asked for.
    """
    kinds = {name: _loaded(block, catalog) for name, block in config.wrappers.items()}
    settings = _settings(config, kinds)
    return tuple(
        _constructed(block, catalog, _context(name, settings[name], node))
        for name, block in config.wrappers.items()
    )


def _loaded(block: WrapperBlock, catalog: WrapperCatalog) -> type[Any]:
    try:
        return catalog.load(block.name)
    except DriverError as error:
        raise _useless(block, error) from error


def _settings(config: AgentConfig, kinds: Mapping[str, type[Any]]) -> dict[str, object]:
    found: dict[str, object] = {}
    problems: list[Problem] = []
    for name, block in config.wrappers.items():
        try:
            found[name] = read(kinds[name].settings, block.config, path=f"wrapper.{name}.config")
        except MistakeError as error:
            problems.extend(error.problems)
    if problems:
        raise MistakeError(problems)
    return found


def _constructed(block: WrapperBlock, catalog: WrapperCatalog, context: WrapperContext) -> Wrapper:
    try:
        return catalog.construct(block.name, context)
    except DriverError as error:
        raise _useless(block, error) from error


def _context(name: str, settings: object, node: Node) -> WrapperContext:
    logger = logging.getLogger(f"ostler.wrapper.{name}")
    return WrapperContext(name=name, settings=settings, node=node.variables(), logger=logger)


def _useless(block: WrapperBlock, error: DriverError) -> DriverError:
    where = f"{block.where}: " if block.where else ""
    remedy = "nothing runs without it; mend it, or remove its block"
    return DriverError(f"{where}wrapper.{block.name}: {error}; {remedy}")
