"""Fetch what a task needs, check it, unpack it, and put it in its place, in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.artifacts.destinations import destination
    from ostler.artifacts.fetching import fetch
    from ostler.artifacts.planning import problems
    from ostler.artifacts.sources import resolve, shown
    from ostler.artifacts.values import Fetched, Policy, Request, Secret

__all__ = ["Fetched", "Policy", "Request", "Secret", "destination", "fetch", "problems", "resolve", "shown"]

__getattr__ = exporter(
    __name__,
    {
        "Fetched": "ostler.artifacts.values",
        "Policy": "ostler.artifacts.values",
        "Request": "ostler.artifacts.values",
        "Secret": "ostler.artifacts.values",
        "destination": "ostler.artifacts.destinations",
        "fetch": "ostler.artifacts.fetching",
        "problems": "ostler.artifacts.planning",
        "resolve": "ostler.artifacts.sources",
        "shown": "ostler.artifacts.sources",
    },
)
