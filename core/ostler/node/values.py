"""The node: who this machine is to the jobs that run on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import Factory, frozen

if TYPE_CHECKING:
    from pathlib import Path

# A private name space, so that the id tells nobody the machine id it is made from.
_NAMESPACE = "4f0b7a54-6c1e-5d0c-9d55-0d6f5b1f6a10"


@frozen(kw_only=True)
class Node:
    """One machine: its names, its attributes and what the operator says of it (``meta``)."""

    id: str
    name: str
    datacenter: str = "dc1"
    region: str = "global"
    node_class: str = ""
    pool: str = "default"
    attributes: Mapping[str, str] = Factory(dict)
    meta: Mapping[str, str] = Factory(dict)

    def variables(self) -> dict[str, str]:
        """Give everything that ``${...}`` can name of this node: ``attr.*``, ``meta.*`` and ``node.*``."""
        return {
            **{f"attr.{name}": value for name, value in self.attributes.items()},
            **{f"meta.{name}": value for name, value in self.meta.items()},
            "node.unique.id": self.id,
            "node.unique.name": self.name,
            "node.datacenter": self.datacenter,
            "node.region": self.region,
            "node.class": self.node_class,
            "node.pool": self.pool,
        }


def detect(
    *,
    name: str = "",
    datacenter: str = "dc1",
    region: str = "global",
    node_class: str = "",
    pool: str = "default",
    meta: Mapping[str, str] | None = None,
    directory: str | Path = "/",
) -> Node:
    """Detect this machine; the arguments are what its configuration says.

    An empty ``name`` becomes the host's name; the id stays the same on this machine.  ``directory`` lies
    on the volume whose size is measured.  Nothing is raised.
    """
    from ostler.node.machine import attributes

    found = attributes(directory)
    host = found.get("unique.hostname", "localhost")
    return Node(
        id=_stable_id(host),
        name=name or host,
        datacenter=datacenter,
        region=region,
        node_class=node_class,
        pool=pool,
        attributes=found,
        meta=dict(meta or {}),
    )


def _stable_id(host: str) -> str:
    from pathlib import Path
    from uuid import UUID, uuid5

    try:
        machine = Path("/etc/machine-id").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        machine = ""
    return str(uuid5(UUID(_NAMESPACE), f"{machine}/{host}"))
