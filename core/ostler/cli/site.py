"""Where a command works: the options that every command shares."""

from __future__ import annotations

from typing import NamedTuple


class Site(NamedTuple):
    """Which agent's configuration and which data directory a command works with."""

    config: str | None
    data_dir: str | None

    def or_else(self, config: str | None, data_dir: str | None) -> Site:
        """Let what was given to the subcommand win."""
        return Site(config or self.config, data_dir or self.data_dir)
