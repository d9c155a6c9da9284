"""Time a task from start to exit beside what else starts one, interleaved in one run.

usage: start.py [--json] [--rounds N]

Everybody runs /bin/true in namespaces and a root of read-only binds, with limits of memory, cpu and pids
where it knows cgroups.  Peers that are not installed are left out, and named.  The floors are what the kernel
takes by itself, without and with what hardens a task (`floor.c`; it takes a C compiler).  The rows:

    launch        our launcher in C, with the task's init and cgroups, in this process
    supervisor    the same through the supervisor's socket, with two logs and the record
    after idle    the same when nothing was started for 40 ms before
    ctypes        the launcher that needs no compiler, in this process
    at once       starts per second, eight at once, through the supervisor
    userns        the launcher in C as an ordinary user, beside bwrap as that user

All rows but the last take root.  The exit status is 1 where a figure that was
asked for is missed; with --json, which is for programs, it is 0.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attr
import attrs

import ostler
from ours import WARM_UP_ROUNDS, Direct, Supervised, by_ctypes, in_c
from peers import COMMAND, PODMAN_ROUNDS, Peers, floors
from timing import Goal, Row, interleave, medians, spawned

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE: Final = 8
IDLE_SECONDS: Final = 0.04
BASE: Final = "posix_spawn"
NOBODY: Final = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
GOALS: Final[dict[str, dict[str, Goal]]] = {
    "launch": {BASE: Goal(2.2), "bwrap": Goal(0.4), "crun": Goal(0.25), "runc": Goal(0.12)},
    "supervisor": {BASE: Goal(2.8)},
    "after idle": {"crun": Goal(0.5)},
    "ctypes": {BASE: Goal(6), "crun": Goal(1)},
    "at once": {"crun": Goal(2.5, at_least=True)},
    "userns": {"bwrap": Goal(1)},
}


def base() -> float:
    """Time the command alone."""
    return spawned([COMMAND])


def back_to_back(folder: Path, peers: Peers, rounds: int) -> dict[str, Row]:
    """Time what is started one after the other, without a pause."""
    with Supervised(folder, user="nobody") as supervised:
        ours = {"supervisor": supervised.time, "ctypes": Direct(folder, by_ctypes, user="nobody").time}
        if (compiled := in_c()) is not None:
            ours = {"launch": Direct(folder, compiled, user="nobody").time, **ours}
        theirs = {BASE: base, **peers.measures("bwrap", "crun", "runc", "podman")}
        below = floors(folder)
        try:
            return rows(ours, {**theirs, **{name: each.time for name, each in below.items()}}, rounds)
        finally:
            for each in below.values():
                each.close()


def after_idleness(folder: Path, peers: Peers, rounds: int) -> dict[str, Row]:
    """Time what is started after a pause."""
    with Supervised(folder, user="nobody") as supervised:
        theirs = {BASE: base, **peers.measures("crun")}
        return rows({"after idle": supervised.time}, theirs, rounds, pause_seconds=IDLE_SECONDS)


def rows(
    ours: dict[str, Callable[[], float]],
    theirs: dict[str, Callable[[], float]],
    rounds: int,
    *,
    pause_seconds: float = 0.0,
) -> dict[str, Row]:
    """Time all of them in turns, and set each of ours beside all of theirs."""
    interleave({**ours, **theirs}, WARM_UP_ROUNDS)
    fewer = {"podman": PODMAN_ROUNDS}
    found = medians(interleave({**ours, **theirs}, rounds, pause_seconds=pause_seconds, fewer=fewer))
    return {name: Row(found[name], {peer: found[peer] for peer in theirs}, GOALS[name]) for name in ours}


def at_once(folder: Path, peers: Peers, rounds: int) -> dict[str, Row]:
    """Count starts per second, a batch of ours and one of each peer's in turns."""
    with Supervised(folder) as supervised, ThreadPoolExecutor(AT_ONCE) as threads:
        theirs = [name for name in ("bwrap", "crun", "runc") if name in peers.names]
        measures: dict[str, Callable[[], float]] = {}
        for name in theirs:
            measures[name] = partial(batch, threads, partial(peers.time, name))
        measures["ours"] = partial(batch, threads, lambda _: supervised.run())
        interleave(measures, 1)
        found = medians(interleave(measures, max(2, rounds // 10)))
    rates = {name: AT_ONCE / seconds for name, seconds in found.items()}
    return {"at once": Row(rates.pop("ours"), rates, GOALS["at once"], unit="/s")}


def batch(threads: ThreadPoolExecutor, one: Callable[[int], object]) -> float:
    """Time eight of them, begun at once; each has a slot of its own."""
    begin = time.perf_counter()
    list(threads.map(one, range(AT_ONCE)))
    return time.perf_counter() - begin


def without_privilege(folder: Path, peers: Peers, rounds: int) -> dict[str, Row]:
    """Have an ordinary user time ours and bwrap, from a folder of its own."""
    folder.chmod(0o711)
    own = folder / "nobody"
    own.mkdir()
    own.chmod(0o777)
    who = NOBODY if os.geteuid() == 0 else ()
    python = next((each for each in interpreters() if runs([*who, each, "-c", ""])), None)
    if "bwrap" not in peers.names or python is None:
        print("userns: left out: it takes bwrap, and an interpreter that everybody can run", file=sys.stderr)
        return {}
    site = copy_for_everybody(folder / "site")
    command = [*who, "env", f"PYTHONPATH={site}", python, "-B", site / "ours.py", own, str(rounds)]
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd="/").stdout)
    return {"userns": Row(found.pop("ours"), found, GOALS["userns"])}


def interpreters() -> list[str]:
    """List this one, which may lie where only root gets to, and those of the system."""
    return [sys.executable, *(str(path) for path in sorted(Path("/usr/bin").glob("python3.1[1-9]")))]


def runs(command: list[str]) -> bool:
    """Tell whether a command can be run at all."""
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False, cwd="/").returncode == 0


def copy_for_everybody(site: Path) -> Path:
    """Copy what the user needs to where everybody can read it."""
    for package in (ostler, attr, attrs):
        where = Path(package.__path__[0])
        shutil.copytree(where, site / where.name, ignore=shutil.ignore_patterns("__pycache__"))
    for script in Path(__file__).parent.glob("*.py"):
        shutil.copy(script, site)
    subprocess.run(["chmod", "-R", "a+rX", site], check=True)
    return site


def measure(folder: Path, rounds: int) -> tuple[dict[str, Row], list[str]]:
    """Take all rows; give them, and the peers that are not here."""
    found: dict[str, Row] = {}
    with Peers(folder, concurrent=AT_ONCE) as peers:
        if os.geteuid() == 0:
            for take in (back_to_back, after_idleness, at_once):
                found |= take(folder, peers, rounds)
        if peers.left_out:
            print(f"{', '.join(peers.left_out)}: left out: {peers.refused}", file=sys.stderr)
        found |= without_privilege(folder, peers, rounds)
        return found, peers.absent


def main() -> int:
    """Give 1 when a figure is missed, but not to a program."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--rounds", type=int, default=100, help="how often each is timed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostler-start-") as scratch:
        found, absent = measure(Path(scratch), options.rounds)
    if options.json:
        rows = {name: row.ratios for name, row in found.items()}
        print(
            json.dumps(
                {
                    "ratios": rows.pop("launch", {}),  # which takes root
                    "rows": rows,
                    "figures": {name: {"ours": row.ours, **row.peers} for name, row in found.items()},
                    "absent": absent,
                }
            )
        )
    else:
        print("\n".join(line for name, row in found.items() for line in row.lines(name)))
        print(f"not installed, and left out: {', '.join(absent) or 'none'}")
    return 0 if options.json else int(not all(row.met for row in found.values()))


if __name__ == "__main__":
    sys.exit(main())
