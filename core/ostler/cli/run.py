"""`ostler run`: a job in the foreground."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ostler.cli.failures import say
from ostler.cli.reports import report_to

if TYPE_CHECKING:
    from types import FrameType

    from ostler.cli.commands import Site
    from ostler.client import Result, Run

# Enough time for the answer to a signal to stay quick where a wait can't be interrupted.
_WAIT_SECONDS = 3600.0


def run_job(file: str, site: Site, ignore: tuple[str, ...], *, as_json: bool) -> int:
    """Run the job in ``file`` to its end and return the exit status."""
    from ostler.client import Client

    with Client(site.config, data_dir=site.data_dir) as client:
        report = report_to(sys.stdout.buffer, as_json=as_json)
        running = client.start(
            Path(file),
            ignore=ignore,
            on_event=report.event,
            on_output=report.output,
            keep_allocations=client.config.client.gc_max_allocs,
        )
        for note in running.notes:
            say(f"note: {note}")
        stopping = _Stopping(running)
        result = _wait(running)
        report.close()
        if as_json and result.failure:
            say(result.failure)
        return stopping.status or result.code


class _Stopping:
    """Stops the run on the first signal and kills it on the next; ``status`` is 128 plus the first signal."""

    def __init__(self, running: Run) -> None:
        self._running = running
        self.status = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._take)

    def _take(self, number: int, _: FrameType | None) -> None:
        if self.status:
            self._running.kill()
            return
        self.status = 128 + number
        self._running.stop()


def _wait(running: Run) -> Result:
    while True:
        result = running.wait(_WAIT_SECONDS)
        if result is not None:
            return result
