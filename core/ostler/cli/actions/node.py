"""`ostler node`: what this machine is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ostler.cli.printing.apart import keep, show, stdout
from ostler.cli.printing.failures import say
from ostler.visible import in_a_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ostler.cli.site import Site
    from ostler.client import DriverReport
    from ostler.drivers.values import Fingerprint
    from ostler.node import Node

_COLOURS = {"healthy": "green", "unhealthy": "red", "undetected": "yellow"}


def show_node(site: Site, *, as_json: bool) -> None:
    """Fingerprint every driver and print the node."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        node, found = client.node()
        drivers = client.drivers() if as_json else []
        for note in client.notes:
            say(f"note: {note}")
        show(json.dumps(_plain(node, drivers), indent=2)) if as_json else _draw(node, found)


def _plain(node: Node, drivers: Sequence[DriverReport]) -> dict[str, object]:
    return {
        "id": node.id,
        "name": node.name,
        "attributes": dict(sorted(node.attributes.items())),
        "drivers": {each.name: _driver(each) for each in drivers},
    }


def _driver(report: DriverReport) -> dict[str, object]:
    from ostler.drivers.plain import plain

    found = report.fingerprint
    capabilities = plain(report.capabilities)
    del capabilities["attributes"]  # what they are stands in `ostler driver docs`
    return {
        "health": str(found.health),
        "reason": found.reason,
        "remedy": found.remedy,
        "provider": report.provider,
        "version": report.version,
        "limits": capabilities.pop("limits"),
        "capabilities": capabilities,
        "settings": dict(report.settings),
    }


def _draw(node: Node, found: Mapping[str, Fingerprint]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    def shown(text: str) -> str:
        return escape(in_a_line(text))

    drivers = Table("Driver", "Health", "Reason", "Remedy", box=SIMPLE_HEAD)
    for name, each in found.items():
        health = f"[{_COLOURS[each.health]}]{each.health}[/]"
        drivers.add_row(shown(name), health, shown(each.reason), shown(each.remedy))
    attributes = Table("Attribute", "Value", box=SIMPLE_HEAD)
    for name, value in sorted(node.attributes.items()):
        attributes.add_row(shown(name), shown(value))
    console = Console(file=stdout(), highlight=False)
    console.print(f"[bold]{shown(node.name)}[/]  {node.id}")
    console.print(drivers)
    console.print(attributes)
