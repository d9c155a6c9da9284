"""Where a command works: the options that every command shares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO, NamedTuple


class Site(NamedTuple):
    """Which agent's configuration and which data directory a command works with."""

    config: str | None
    data_dir: str | None

    def or_else(self, config: str | None, data_dir: str | None) -> Site:
        """Let what was given to the subcommand win."""
        return Site(config or self.config, data_dir or self.data_dir)


def job_in(file: str) -> Path | BinaryIO:
    """Say where the job is: in a file, or with ``-`` on stdin."""
    if file != "-":
        return Path(file)
    if sys.stdin is None or sys.stdin.closed:
        from ostler.errors import MistakeError

        text = "closed, and no job can be read from it; name a file instead of -"
        raise MistakeError.single(text, where="<stdin>")
    return sys.stdin.buffer
