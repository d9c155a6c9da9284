"""`ostler status` and `ostler stop`: the allocations of a data directory whose tasks have records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ostler.cli.printing.apart import keep, show
from ostler.cli.printing.columns import columns
from ostler.cli.printing.failures import say

if TYPE_CHECKING:
    from ostler.cli.site import Site
    from ostler.client import AllocationStanding

_HEAD = ("ALLOCATION", "JOB", "GROUP", "TASK", "DRIVER", "STATE")


def show_allocations(site: Site, *, as_json: bool) -> None:
    """Print every task that has a record, and whether it runs."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        rows = [row for each in client.allocations() for row in _rows(each)]
    if as_json:
        names = [name.lower() for name in _HEAD]
        show(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
        return
    for line in columns([_HEAD, *rows]):
        show(line)


def stop_allocation(prefix: str, site: Site) -> None:
    """Stop what is left of the allocation whose id begins with ``prefix``."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        stopped = client.stop(prefix)
    had = "had ended already; `ostler logs` shows what it wrote" if stopped.over else "stopped"
    show(f"{stopped.allocation_id}: {had}")


def forget_allocation(prefix: str, site: Site) -> None:
    """Remove the records of the allocation whose id begins with ``prefix``; say what is left of it."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        forgotten = client.forget(prefix)
    for each in forgotten.left:
        say(f"note: {each}")
    show(f"{forgotten.allocation_id}: forgotten")


def _rows(each: AllocationStanding) -> list[tuple[str, ...]]:
    return [
        (each.allocation_id, each.job_id, each.group, task.task, task.driver, str(task.standing))
        for task in each.tasks
    ]
