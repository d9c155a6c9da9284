"""Time one sample of what a task uses, by files that stay open, beside opening, reading and closing them.

usage: stats.py [--json] [--rounds N]

A task sleeps in cgroups as the root of the machine makes them; without cgroups there is nothing to compare,
and it is said.  ``request`` is the same sample asked of the supervisor through its socket.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostler.executor import Command, Executor, Limits
from ostler.executor.linux.gauges import Gauge

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor import Process

SAMPLES: Final = 50


class Timed:
    """What was timed, in seconds a sample, each in turn with the others."""

    def __init__(self, ways: dict[str, Callable[[], object]]) -> None:
        self._ways = ways
        self.seconds: dict[str, list[float]] = {name: [] for name in ways}

    def round(self) -> None:
        """Take some samples in every way."""
        for name, way in self._ways.items():
            start = time.perf_counter()
            for _ in range(SAMPLES):
                way()
            self.seconds[name].append((time.perf_counter() - start) / SAMPLES)

    def median(self, name: str) -> float:
        """Give the median of one way."""
        return statistics.median(self.seconds[name])


def take(rounds: int) -> Timed | None:
    """Time all ways; None where no cgroup can be made."""
    with tempfile.TemporaryDirectory(prefix="ostler-stats-") as scratch:
        executor = Executor(Path(scratch) / "data")
        limits = Limits(memory_bytes=64 << 20, pids=64, cpu_shares=100)
        process = executor.start(
            Command(id=f"stats/{os.getpid()}", argv=("/bin/sleep", "600"), limits=limits, best_effort=True)
        )
        try:
            return timed(executor, process, rounds) if process.cgroups else None
        finally:
            executor.forget(process)
            executor.close()


def timed(executor: Executor, process: Process, rounds: int) -> Timed:
    """Sample one task in every way."""
    groups = {_controller(path): path for path in process.cgroups}
    kept = Gauge(groups)

    def anew() -> None:
        gauge = Gauge(groups)
        gauge.sample(process.pid)
        gauge.close()

    found = Timed(
        {
            "kept": lambda: kept.sample(process.pid),
            "opened": anew,
            "request": lambda: executor.stats(process),
        }
    )
    for _ in range(rounds):
        found.round()
    kept.close()
    return found


def _controller(path: str) -> str:
    """Name the controller of a group: on version 2 there is one group for all."""
    names = [part for part in path.split("/") if part in {"memory", "cpu", "cpuacct", "pids", "freezer"}]
    return names[0] if names else "unified"


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--rounds", type=int, default=100, help="how often each is timed")
    options = parser.parse_args()
    found = take(options.rounds)
    if found is None:
        sys.stderr.write("no cgroup can be made here: there is nothing to compare\n")
        return 1
    seconds = {name: found.median(name) for name in found.seconds}
    ratios = {"open_read_close": seconds["kept"] / seconds["opened"]}
    if options.json:
        print(json.dumps({"ratios": ratios, "seconds": seconds}))
    else:
        for name, each in seconds.items():
            print(f"{name:8} {each * 1e6:8.1f} us a sample")
        print(f"kept / opened: {ratios['open_read_close']:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
