"""`ostler logs`: what a task wrote, from the files that are kept, or as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.cli.printing import apart
from ostler.cli.printing.failures import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.cli.site import Site


def show_logs(site: Site, allocation: str, task: str, **options: Any) -> None:  # noqa: ANN401 - those of `Client.logs`
    """Write a log to stdout byte for byte, and say on stderr what is missing in it."""
    from ostler.client import Client

    with Client(site.config, data_dir=site.data_dir) as client:
        _write(client.logs(allocation, task, **options))


def _write(pieces: Iterator[tuple[int, bytes]]) -> None:
    out, expected = apart.stdout().buffer, None
    for offset, content in pieces:
        if expected is not None and offset > expected:
            say(f"note: {offset - expected} bytes were rotated away before they were read")
        out.write(content)
        out.flush()
        expected = offset + len(content)
