"""This machine, as its agent's configuration calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.node import detect

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.config import AgentConfig
    from ostler.node import Node


def node_of(config: AgentConfig, directory: Path) -> Node:
    """Detect the machine; ``directory`` is the data directory, whose volume is measured."""
    return detect(
        name=config.name,
        datacenter=config.datacenter,
        region=config.region,
        node_class=config.client.node_class,
        pool=config.client.node_pool,
        meta=config.client.meta,
        directory=directory,
    )
