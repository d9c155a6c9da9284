"""Time what the contract costs: one hook call, and reading the catalog, beside the libraries alone.

usage: contract.py [--json] [--rounds N]

A hook call goes through threads with a deadline, the facade, one policy and one observer; its peer is
pluggy's relay, called directly with two wrappers that do nothing.  The catalog is read in a fresh interpreter
in which 300 distributions are installed, and so is the list that `ostler driver list` prints, for which the
packages of drivers are asked which Ostler they need; the peer is `importlib.metadata.entry_points`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pluggy

from ostler.drivers import (
    Directories,
    Driver,
    DriverThreads,
    Fingerprint,
    Health,
    Task,
    Wrapper,
    hookimpl,
    hookspecs,
)
from ostler.drivers.hookspecs import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

DISTRIBUTIONS: Final = 300
DRIVERS: Final = 10
CALLS: Final = 200
DEADLINE_SECONDS: Final = 10.0
READ: Final = {
    "catalog": "from ostler.drivers.catalog import Catalog",
    "driver list": "from ostler.drivers.catalog import Catalog",
    "entry_points": "from importlib.metadata import entry_points",
}
CALLED: Final = {
    "catalog": "Catalog()",
    "driver list": "Catalog().infos()",
    "entry_points": "entry_points(group='ostler.drivers.v1')",
}
TIMED: Final = """
import sys, time
sys.path.insert(0, {site!r})
{imports}
start = time.perf_counter()
{call}
print(time.perf_counter() - start)
"""


class Figure(NamedTuple):
    """What ours and the peer's took, in seconds, and the most that ours may take."""

    ours: float
    peer: float
    limit: float | None

    @property
    def met(self) -> bool:
        """Tell whether ours took no longer than it may."""
        return self.limit is None or self.ours <= self.limit

    def __str__(self) -> str:
        """Give the figure as a person reads it."""
        against = f"{self.ours * 1e6:9.1f} us   peer {self.peer * 1e6:9.1f} us, {self.ours / self.peer:4.1f}x"
        if self.limit is None:
            return against
        return f"{against}   at most {self.limit * 1e6:g} us: {'met' if self.met else 'MISSED'}"


class Nothing:
    """A driver that does nothing, so that only the way to it is timed."""

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        """Be healthy."""
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self, task: Task) -> None:
        """Find nothing wrong."""

    @hookimpl
    def start(self, task: Task) -> None:
        """Start nothing."""

    @hookimpl
    def stop(self, handle: object) -> None:
        """Stop nothing."""


class Passing:
    """A wrapper that passes everything on."""

    @hookimpl(wrapper=True)
    def validate(self, task: Task) -> Generator[None, Any, Any]:
        """Look at the task, and let it pass."""
        del task
        return (yield)


def a_task() -> Task:
    """Make a task that is never run."""
    nowhere = Directories(
        allocation="/nowhere", shared="/nowhere", task="/nowhere", local="/nowhere", secrets="/nowhere"
    )
    return Task(
        id="a/t/1",
        name="t",
        allocation_id="a",
        job_id="j",
        group_name="g",
        config=None,
        environment={},
        directories=nowhere,
    )


def seconds_a_call(call: Callable[[], object]) -> float:
    """Time some calls in a row."""
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS


def hook_calls(rounds: int) -> Figure:
    """Time both ways to one hook, in turn."""
    task, threads = a_task(), DriverThreads("nothing")
    driver = Driver(
        "nothing", Nothing(), [Wrapper("policy", Passing()), Wrapper("observer", Passing(), "observer")]
    )
    relay = pluggy.PluginManager(PROJECT)
    relay.add_hookspecs(hookspecs)
    for plugin in (Nothing(), Passing(), Passing()):
        relay.register(plugin)
    ours, peer = [], []
    for _ in range(rounds):
        ours.append(seconds_a_call(lambda: threads.call(driver.validate, DEADLINE_SECONDS, task)))
        peer.append(seconds_a_call(lambda: relay.hook.validate(task=task)))
    threads.close()
    return Figure(statistics.median(ours), statistics.median(peer), 50e-6)


def install(site: Path) -> None:
    """Lay out the metadata of many distributions, some of which offer a driver."""
    for number in range(DISTRIBUTIONS):
        metadata = site / f"acme_{number}-1.0.dist-info"
        metadata.mkdir(parents=True)
        head = f"Metadata-Version: 2.1\nName: acme-{number}\nVersion: 1.0\nRequires-Dist: ostler>=0.1\n"
        (metadata / "METADATA").write_text(head + "\nA package.\n" * 50, "utf-8")
        group = "ostler.drivers.v1" if number < DRIVERS else "console_scripts"
        (metadata / "entry_points.txt").write_text(f"[{group}]\nacme{number} = acme{number}:Acme\n", "utf-8")


def seconds_in_a_new_process(name: str, site: Path) -> float:
    """Time one look at the installed distributions; imports are not counted."""
    script = TIMED.format(site=str(site), imports=READ[name], call=CALLED[name])
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return float(done.stdout)


def catalogs(rounds: int) -> dict[str, Figure]:
    """Read the catalog, the list and the entry points alone, in turn."""
    with tempfile.TemporaryDirectory(prefix="ostler-contract-") as scratch:
        install(Path(scratch))
        found = [[seconds_in_a_new_process(name, Path(scratch)) for name in CALLED] for _ in range(rounds)]
    catalog, listed, peer = (statistics.median(column) for column in zip(*found, strict=True))
    return {"catalog": Figure(catalog, peer, 15e-3), "driver list": Figure(listed, peer, None)}


def main() -> int:
    """Give 1 when a figure is missed, but not to a program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--rounds", type=int, default=100, help="how often each is timed")
    options = parser.parse_args()
    figures = {"hook call": hook_calls(options.rounds), **catalogs(options.rounds)}
    if options.json:
        ratios = {name: each.ours / each.peer for name, each in figures.items()}
        print(json.dumps({"ratios": ratios, "seconds": {name: each.ours for name, each in figures.items()}}))
    else:
        for name, each in figures.items():
            print(f"{name:12} {each}")
    return 0 if options.json else int(not all(each.met for each in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
