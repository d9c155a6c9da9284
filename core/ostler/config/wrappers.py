"""The wrapper blocks: one policy or observer each, by its name; what has no block is not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.config.keys import WRAPPER
from ostler.config.plugins import config_of
from ostler.config.values import WrapperBlock
from ostler.errors import MistakeError, Problem
from ostler.places import Place

if TYPE_CHECKING:
    from ostler.config.sections import Reading
    from ostler.config.values import AgentConfig
    from ostler.drivers.wrapper_catalog import WrapperCatalog
    from ostler.hcl import Block


def wrapper(block: Block, reading: Reading) -> WrapperBlock:
    """Read one wrapper block; what is wrong with it is in ``reading``."""
    name = block.labels[0]
    section = reading.section(block.body, WRAPPER, f"wrapper.{name}")
    for inner in section.blocks:
        reading.free(section, inner, f"wrapper.{name}.config")
    return WrapperBlock(
        name=name, config=config_of(section, reading), where=Place.of(block.type_range, masked=True)
    )


def check_wrappers(config: AgentConfig, catalog: WrapperCatalog) -> list[Problem]:
    """List the wrapper blocks that no installed package can serve, and say what to do about each."""
    return [problem for block in config.wrappers.values() for problem in _unserved(block, catalog)]


def _unserved(block: WrapperBlock, catalog: WrapperCatalog) -> list[Problem]:
    try:
        catalog.check(block.name)
    except MistakeError as error:
        return [Problem(block.where, f"wrapper.{block.name}", each.text) for each in error.problems]
    return []
