"""Weigh the supervision of tasks that do nothing, and see how soon a new supervisor has taken them up.

usage: memory.py [--json] [--tasks N] [--seconds S]

Every task is a sleep in namespaces and cgroups, with two logs.  Counted are the proportional shares of memory
of the supervisor and the inits, not of the sleeps.  What the kernel keeps for a task (page tables, stacks and
other objects) is told apart: what its own books grow by, less what they grow by for as many plain sleeps.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ours import Supervised, kill_supervisor, supervisor_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor import Process

IDLE: Final = ("/bin/sleep", "3600")
SETTLE_SECONDS: Final = 2.0
THREADS: Final = 16
BOOKS: Final = ("Slab", "KernelStack", "PageTables", "Percpu")
GOALS: Final = {
    "fixed bytes": 15e6,
    "bytes a task": 100e3,
    "cpu share": 0.001,
    "adoption seconds": 0.5,
}


def share_of_memory(pid: int) -> int:
    """Give the proportional share of a process, in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def cpu_seconds(pid: int) -> float:
    """Give how long a process has run, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


def kernel_memory() -> int:
    """Give what the kernel says that it keeps for itself, in bytes."""
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    books = {line.partition(":")[0]: int(line.split()[1]) for line in lines}
    return 1024 * sum(books[name] for name in BOOKS)


def growth(begin: Callable[[], object]) -> int:
    """Give what the kernel's memory grows by while something begins."""
    time.sleep(SETTLE_SECONDS)
    before = kernel_memory()
    begin()
    time.sleep(SETTLE_SECONDS)
    return kernel_memory() - before


def plain_sleeps(count: int) -> int:
    """Give what the kernel keeps for as many sleeps without Ostler."""
    started: list[subprocess.Popen[bytes]] = []
    grown = growth(lambda: started.extend(subprocess.Popen(IDLE) for _ in range(count)))
    for each in started:
        each.kill()
        each.wait()
    return grown


def cpu_share(pids: list[int], seconds: float) -> float:
    """Give the share of one processor that processes take together."""
    before, begin = sum(map(cpu_seconds, pids)), time.monotonic()
    time.sleep(seconds)
    return (sum(map(cpu_seconds, pids)) - before) / (time.monotonic() - begin)


def adoption(supervised: Supervised, count: int) -> float:
    """Kill the supervisor; give how long it takes until its successor is started and knows every task."""
    supervised.close()
    try:
        kill_supervisor(supervised.directory)
    finally:
        begin = time.perf_counter()
        known = supervised.open()
    taken = time.perf_counter() - begin
    if len(known) != count:
        msg = f"of {count} tasks the new supervisor knows {len(known)}"
        raise RuntimeError(msg)
    return taken


def weigh(folder: Path, count: int, seconds: float) -> dict[str, float]:
    """Start the tasks, measure, and leave nothing."""
    plain = plain_sleeps(count)
    with Supervised(folder, user="nobody") as supervised, ThreadPoolExecutor(THREADS) as threads:
        supervisor = supervisor_of(supervised.directory)
        fixed = share_of_memory(supervisor)
        processes: list[Process] = []
        grown = growth(lambda: processes.extend(supervised.start(IDLE) for _ in range(count)))
        try:
            pids = [supervisor, *(each.pid for each in processes)]
            return {
                "fixed bytes": fixed,
                "bytes a task": (sum(map(share_of_memory, pids)) - fixed) / count,
                "kernel bytes a task": (grown - plain) / count,
                "cpu share": cpu_share(pids, seconds),
                "adoption seconds": adoption(supervised, count),
            }
        finally:
            list(threads.map(supervised.end, processes))


def main() -> int:
    """Give 1 when a figure is missed, but not to a program."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--tasks", type=int, default=1000, help="how many tasks")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to watch what they take")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostler-memory-") as scratch:
        found = weigh(Path(scratch), options.tasks, options.seconds)
    ratios = {name: found[name] / most for name, most in GOALS.items()}
    if options.json:
        print(json.dumps({"ratios": ratios, "figures": found, "tasks": options.tasks}))
    else:
        print(f"{options.tasks} idle tasks")
        for name, figure in found.items():
            goal = (
                f"   at most {GOALS[name]:g}: {'met' if ratios[name] <= 1 else 'MISSED'}"
                if name in GOALS
                else ""
            )
            print(f"    {name:20} {figure:14.4f}{goal}")
    return 0 if options.json else int(any(ratio > 1 for ratio in ratios.values()))


if __name__ == "__main__":
    sys.exit(main())
