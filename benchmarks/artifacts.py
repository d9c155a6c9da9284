"""Time the fetching and the placing of artifacts beside curl and tar, interleaved in one run.

usage: artifacts.py [--json] [--rounds N] [--size MIB] [--kills N]

A web server runs in a process of its own, on this machine.  The rows:

    http          a large file with its sha256, into an empty cache and its place; curl | sha256sum
    unpack        1,000 files of 4 KiB out of a tar.zst, processes' starts not counted; tar
    again         the same large file for a second task, and 1,000 files, out of the cache
    at once       how often the server is asked when 64 tasks want one file of 100 MB at once
    kills         a fetcher that is killed at random instants, until the file is there
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil
from attrs import define

from ostler.artifacts import Fetched, Policy, Request, fetch
from ostler.artifacts.cache import Cache
from ostler.artifacts.fetcher.channel import Progress
from ostler.artifacts.fetcher.unpacking import Limits, unpack
from ostler.errors import RecoverableError
from served import Served, serving
from timing import Goal, Row, interleave, medians

if TYPE_CHECKING:
    from collections.abc import Mapping

MIB: Final = 2**20
NOBODY: Final = frozenset({65534})
AT_ONCE: Final = 64
MOST_RSS_MB: Final = 80
MOST_AGAIN_SECONDS: Final = 0.005
GOALS: Final = {"http": {"curl": Goal(1.25)}, "unpack": {"tar": Goal(4)}}


@define
class Bench:
    """Where everything lies, and the files to fetch with their sha256."""

    folder: Path
    served: Served
    sums: dict[str, str]
    rss_mb: float = 0.0

    def fresh(self, name: str) -> Path:
        """Give an empty directory."""
        directory = self.folder / name
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        return directory

    def fetch(self, name: str, cache: Cache, root: Path, task: str = "task") -> Fetched:
        """Fetch as a task of nobody's would have it fetched."""
        request = Request(
            source=f"{self.served.url}/{name}",
            destination=f"{root}/{task}/",
            root=str(root),
            checksum=f"sha256:{self.sums[name]}",
            users=NOBODY,
        )
        return fetch(request, Policy(max_files=0), scratch=root, cache=cache, on_event=self.watch)

    def watch(self, _event: Mapping[str, Any]) -> None:
        """Note how much memory the fetcher has had so far."""
        for child in fetchers():
            with suppress(psutil.Error, OSError, StopIteration):
                status = Path(f"/proc/{child.pid}/status").read_text().splitlines()
                peak = next(line for line in status if line.startswith("VmHWM"))
                self.rss_mb = max(self.rss_mb, int(peak.split()[1]) * 1024 / 1e6)


def fetchers() -> list[psutil.Process]:
    """List the fetchers that run."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if any("fetcher" in word for word in child.cmdline()):
                found.append(child)
    return found


def make(site: Path, size_mib: int) -> dict[str, str]:
    """Make the files, and return their sha256."""
    block = random.Random(1).randbytes(MIB)  # noqa: S311 - has to repeat, not to be secret
    for name, count in (("large", size_mib), ("medium", 100), ("small", 20)):
        with (site / name).open("wb") as file:
            for _ in range(count):
                file.write(block)
    files = site / "files"
    files.mkdir()
    for number in range(1000):
        (files / f"{number:04}").write_bytes(block[number * 700 : number * 700 + 4096])
    subprocess.run(["tar", "-C", site, "-c", "--zstd", "-f", site / "files.tar.zst", "files"], check=True)
    return {path.name: digest(path) for path in site.iterdir() if path.is_file()}


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def http(bench: Bench, rounds: int) -> Row:
    """Fetch the large file, by ours and by curl in turns."""

    def ours() -> float:
        cache, root = Cache(directory=bench.fresh("cache")), bench.fresh("root")
        begin = time.perf_counter()
        bench.fetch("large", cache, root)
        return time.perf_counter() - begin

    def curl() -> float:
        begin = time.perf_counter()
        command = f"curl -sS {bench.served.url}/large | sha256sum"
        subprocess.run(["sh", "-c", command], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begin

    found = medians(interleave({"ours": ours, "curl": curl}, rounds))
    return Row(found["ours"], {"curl": found["curl"]}, GOALS["http"])


def unpacking(bench: Bench, rounds: int) -> Row:
    """Unpack the many files, by ours in this process and by tar."""
    archive = bench.folder / "site" / "files.tar.zst"
    Progress.tell = lambda *_words, **_more: None  # type: ignore[method-assign] # nobody listens here

    def ours() -> float:
        target = os.open(bench.fresh("unpacked"), os.O_RDONLY)
        begin = time.perf_counter()
        with archive.open("rb") as file:
            unpack("tar.zst", file, target, Limits(0, 0, 0), Progress(""))
        return time.perf_counter() - begin

    def tar() -> float:
        target = bench.fresh("unpacked")
        begin = time.perf_counter()
        subprocess.run(["tar", "-x", "--zstd", "-f", archive, "-C", target], check=True)
        return time.perf_counter() - begin

    found = medians(interleave({"ours": ours, "tar": tar}, max(5, rounds * 3)))
    return Row(found["ours"], {"tar": found["tar"]}, GOALS["unpack"])


def again(bench: Bench, name: str, rounds: int) -> float:
    """Give the seconds in which a second task has what the first one fetched."""
    cache, root = Cache(directory=bench.fresh("cache")), bench.fresh("root")
    bench.fetch(name, cache, root, "first")

    def second() -> float:
        shutil.rmtree(root / "second", ignore_errors=True)
        begin = time.perf_counter()
        bench.fetch(name, cache, root, "second")
        return time.perf_counter() - begin

    return medians(interleave({"again": second}, max(20, rounds)))["again"]


def at_once(bench: Bench) -> int:
    """Count how often the server is asked for what 64 tasks want at once."""
    cache, root = Cache(directory=bench.fresh("cache")), bench.fresh("root")
    before = len(bench.served.asked("/medium"))
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda task: bench.fetch("medium", cache, root, str(task)), range(AT_ONCE)))
    placed = list(root.glob("*/medium"))
    if len(placed) != AT_ONCE or {digest(path) for path in placed} != {bench.sums["medium"]}:
        msg = "not every task got the file"
        raise SystemExit(msg)
    return len(bench.served.asked("/medium")) - before


def kills(bench: Bench, count: int) -> dict[str, int]:
    """Kill the fetcher again and again; count what was wrong, left over, and taken up again."""
    cache, root = Cache(directory=bench.fresh("cache")), bench.fresh("root")
    wrong = left = whole = killed = told = 0
    begin = time.perf_counter()
    bench.fetch("small", Cache(directory=bench.fresh("unhindered")), root, "unhindered")
    longest = 1.2 * (time.perf_counter() - begin)
    dice = random.Random(2)  # noqa: S311 - has to repeat, not to be secret
    while killed < count:
        died, fetched = interrupted(bench, cache, root, dice.uniform(0.0, longest))
        killed += died
        told += fetched.kept_bytes if fetched else 0
        target = root / "task" / "small"
        if target.exists():
            wrong += digest(target) != bench.sums["small"]
            whole += 1
            target.unlink()
            shutil.rmtree(cache.directory)
            cache = Cache(directory=cache.directory)
        left = max(left, len(list(cache.directory.rglob("*.part"))))
        wrong += len(list(root.rglob(".ostler-*")))
    resumed = sum(each.start for each in bench.served.asked("/small"))
    return {
        "killed": killed,
        "whole": whole,
        "wrong": wrong,
        "most_partials": left,
        "resumed_bytes": resumed,  # by the server's log, for fetchers too that were killed after that
        "told_bytes": told,  # by what the fetches that came to their end say
    }


def interrupted(bench: Bench, cache: Cache, root: Path, seconds: float) -> tuple[bool, Fetched | None]:
    """Fetch, and kill the fetcher some seconds after it began; tell if that was in time, and what came."""
    died, fetched = False, None

    def kill() -> None:
        nonlocal died
        until = time.monotonic() + 2
        while not (found := fetchers()) and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(seconds)
        for each in found:
            with suppress(psutil.Error):
                each.kill()
                died = True

    killer = threading.Thread(target=kill)
    killer.start()
    with suppress(RecoverableError):
        fetched = bench.fetch("small", cache, root)
    killer.join()
    return died, fetched


def measure(folder: Path, options: argparse.Namespace) -> tuple[dict[str, Row], dict[str, Any]]:
    """Take all figures."""
    site = folder / "site"
    site.mkdir()
    sums = make(site, options.size)
    with serving(site, folder / "log") as served:
        bench = Bench(folder, served, sums)
        rows = {"http": http(bench, options.rounds)}
        figures: dict[str, Any] = {"rss_mb": round(bench.rss_mb, 1)}
        for name in ("large", "files.tar.zst"):
            figures[f"again {name} ms"] = round(again(bench, name, options.rounds) * 1000, 2)
        figures["downloads of 64 tasks"] = at_once(bench)
        figures |= kills(bench, options.kills)
        rows["unpack"] = unpacking(bench, options.rounds)
    return rows, figures


def main() -> int:
    """Give 1 when a figure is missed, but not to a program."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    parser.add_argument("--size", type=int, default=1024, help="the large file's size in MiB")
    parser.add_argument("--kills", type=int, default=200, help="how often the fetcher is killed")
    parser.add_argument("--folder", help="where to work [default: the temporary directory]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostler-artifacts-", dir=options.folder) as scratch:
        rows, figures = measure(Path(scratch), options)
    if options.json:
        ratios = {name: next(iter(row.ratios.values())) for name, row in rows.items()}
        print(json.dumps({"ratios": ratios, "figures": figures}))
    else:
        print("\n".join(line for name, row in rows.items() for line in row.lines(name)))
        print("\n".join(f"{name:22} {figure}" for name, figure in figures.items()))
    held = figures["rss_mb"] <= MOST_RSS_MB and figures["again large ms"] <= MOST_AGAIN_SECONDS * 1000
    kept = figures["downloads of 64 tasks"] == 1 and not figures["wrong"] and figures["most_partials"] <= 1
    kept = kept and (figures["told_bytes"] > 0 or not figures["resumed_bytes"])
    return 0 if options.json else int(not (all(row.met for row in rows.values()) and held and kept))


if __name__ == "__main__":
    sys.exit(main())
