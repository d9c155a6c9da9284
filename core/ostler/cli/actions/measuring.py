"""`ostler stats`: what a task that runs uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

from ostler.cli.printing.apart import keep, show
from ostler.cli.printing.columns import columns
from ostler.cli.printing.failures import say

if TYPE_CHECKING:
    from ostler.cli.site import Site


def show_measured(allocation: str, site: Site, *, task: str, as_json: bool) -> None:
    """Print what is known, a line each."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        measured = attrs.asdict(client.stats(allocation, task=task))
    known = {name: value for name, value in sorted(measured.items()) if value is not None}
    if as_json:
        show(json.dumps(known))
        return
    if not known:
        say("note: nothing of what it uses can be measured here")
    for line in columns([(name, f"{value:.12g}") for name, value in known.items()]):
        show(line)
