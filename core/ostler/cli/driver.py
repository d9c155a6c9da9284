"""`ostler driver`: what is installed, and how it is configured."""

from __future__ import annotations

import json

import click

from ostler.cli.columns import columns
from ostler.drivers.catalog import Catalog


def list_drivers(*, as_json: bool) -> None:
    """Print the drivers with their providers, read from metadata alone."""
    infos = Catalog().infos()
    if as_json:
        click.echo(json.dumps([info._asdict() for info in infos], indent=2))
        return
    head = ("NAME", "PROVIDER", "VERSION", "TARGET", "PROBLEM")
    width = len(head) if any(info.problem for info in infos) else len(head) - 1
    rows = [row[:width] for row in (head, *infos)]
    for line in columns(rows):
        click.echo(line)


def print_schema(name: str) -> None:
    """Print the JSON schemas of a driver's two settings classes."""
    from ostler.drivers.schema import json_schema

    driver = Catalog().load(name)
    schemas = {"plugin": json_schema(driver.settings), "task": json_schema(driver.task_settings)}
    click.echo(json.dumps(schemas, indent=2))
