"""Keep what was fetched, so that the next task gets it at once, and no task can change what another gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.artifacts.cache.upkeep import Listed, Pruned, Verified, contents, prune, verify
    from ostler.artifacts.cache.values import Cache

__all__ = ["Cache", "Listed", "Pruned", "Verified", "contents", "prune", "verify"]

__getattr__ = exporter(
    __name__,
    {
        "Cache": "ostler.artifacts.cache.values",
        "Listed": "ostler.artifacts.cache.upkeep",
        "Pruned": "ostler.artifacts.cache.upkeep",
        "Verified": "ostler.artifacts.cache.upkeep",
        "contents": "ostler.artifacts.cache.upkeep",
        "prune": "ostler.artifacts.cache.upkeep",
        "verify": "ostler.artifacts.cache.upkeep",
    },
)
