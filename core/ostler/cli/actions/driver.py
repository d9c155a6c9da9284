"""`ostler driver list`: what is installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from ostler.cli.printing.columns import columns
from ostler.drivers.catalog import Catalog
from ostler.drivers.installed import offered
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers.catalog import DriverInfo
    from ostler.drivers.wrapper_catalog import WrapperCatalog

_HEAD: Final = ("NAME", "PROVIDER", "VERSION", "TARGET", "PROBLEM")


def list_drivers(config: str | None, *, as_json: bool) -> None:
    """Print the drivers and the wrappers with their providers, read from metadata alone.

    With a configuration, the wrappers come with their place in its order, the first outermost.
    """
    from ostler.drivers.wrapper_catalog import WrapperCatalog

    points = offered("ostler.")  # a search takes longer than all the rest
    drivers = Catalog(each for each in points if each.group.startswith(Catalog.groups)).infos()
    catalog = WrapperCatalog(each for each in points if each.group.startswith(WrapperCatalog.groups))
    wrappers = catalog.infos()
    places = None if config is None else _places(config, catalog, wrappers)
    if as_json:
        click.echo(json.dumps(_plain(drivers, wrappers, places), indent=2))
        return
    _print(_rows("NAME", drivers))
    if wrappers:
        click.echo()
        _print(_rows("WRAPPER", wrappers), places)


def _places(config: str, catalog: WrapperCatalog, wrappers: Sequence[DriverInfo]) -> list[int | None]:
    """Give each wrapper its place in a configuration; MistakeError for what is wrong there."""
    from ostler.config import check_wrappers, load

    found = load(config)
    if problems := check_wrappers(found, catalog):
        raise MistakeError(problems)
    places = {name: place for place, name in enumerate(found.wrappers, 1)}
    return [places.get(each.name) for each in wrappers]


def _plain(
    drivers: Sequence[DriverInfo], wrappers: Sequence[DriverInfo], places: Sequence[int | None] | None
) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [{"kind": "wrapper", **each._asdict()} for each in wrappers]
    for each, place in zip(listed, places or (), strict=False):
        each["order"] = place
    return [*({"kind": "driver", **each._asdict()} for each in drivers), *listed]


def _rows(title: str, infos: Sequence[DriverInfo]) -> list[tuple[str, ...]]:
    """Lay out a table, without the column of problems where there is none."""
    width = len(_HEAD) if any(info.problem for info in infos) else len(_HEAD) - 1
    return [(title, *_HEAD[1:width]), *(info[:width] for info in infos)]


def _print(rows: Sequence[tuple[str, ...]], places: Sequence[int | None] | None = None) -> None:
    if places is not None:
        cells = ["ORDER", *(str(place or "-") for place in places)]
        rows = [(row[0], cell, *row[1:]) for row, cell in zip(rows, cells, strict=True)]
    for line in columns(rows):
        click.echo(line)
