"""A cache as whoever fetches sees it: where it is and how much it may hold."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import define

from ostler.artifacts.cache.keys import secret_of, wanted
from ostler.artifacts.cache.store import Store
from ostler.artifacts.cache.upkeep import prune

if TYPE_CHECKING:
    from ostler.artifacts.cache.keys import Wanted
    from ostler.artifacts.planning import Plan
    from ostler.artifacts.values import Request

MAX_BYTES: Final = 10 * 2**30
MAX_AGE_SECONDS: Final = 30 * 24 * 3600.0


@define(kw_only=True, slots=False)
class Cache:
    """A directory that keeps artifacts, made on first use; any number of processes may share it.

    ``max_bytes`` is how much it may hold, ``max_age_seconds`` how long a thing stays that nobody asks
    for; 0 is no limit.
    """

    directory: Path
    max_bytes: int = MAX_BYTES
    max_age_seconds: float = MAX_AGE_SECONDS

    @cached_property
    def store(self) -> Store:
        """The directory, ready for use."""
        return Store(self.directory)

    @cached_property
    def _secret(self) -> bytes:
        return secret_of(self.store.directory)

    def wanted(self, request: Request, planned: Plan) -> Wanted | None:
        """Say what to look for; None where nothing is known that an artifact could be found by."""
        return wanted(request, planned, self._secret)

    def shrink(self) -> None:
        """Remove what has not been asked for for longest, until the limits hold."""
        prune(self.store, max_bytes=self.max_bytes, max_age_seconds=self.max_age_seconds)
