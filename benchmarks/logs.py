"""Time what a task writes on its way into rotated files, beside one file that it appends to, interleaved.

usage: logs.py [--json] [--rounds N] [--tasks N]

Everybody has the same writer and keeps the newest 100 MiB in files of 10 MiB, but for ``one file``, which the
task appends to itself.  Peers that are not installed are left out, and named.  The rows:

    bulk          1 GiB, written 64 KiB at a time
    bulk, synced  the same, until all that is kept is on the disk
    small lines   a million lines of 100 bytes, each written by itself
    busy starts   starts to their ends while tasks write at full speed, beside the same without them

The supervisor's processor time is told apart.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memory import cpu_seconds
from ostler.executor import Command, Executor, Isolation, Limits, LogFiles
from ours import supervisor_of
from timing import Goal, Row, interleave, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ostler.executor import Process

    Peer = Callable[[Path], list[str]]

MEBIBYTE: Final = 1024 * 1024
FILES, FILE_BYTES = 10, 10 * MEBIBYTE
BULK: Final = (64 * 1024, 16 * 1024)
LINES: Final = (100, 1_000_000)
ONE_FILE: Final = "one file"
GOALS: Final = {"bulk": {ONE_FILE: Goal(1.2, at_least=True)}}
BOMB: Final = ("/bin/dd", "if=/dev/zero", "bs=64k", "status=none")


class Writer:
    """A task that writes so many blocks of so many bytes each."""

    def __init__(self, folder: Path, source: Path, block_bytes: int, blocks: int) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._argv = ("/bin/dd", f"if={source}", f"bs={block_bytes}", f"count={blocks}", "status=none")
        self.total_bytes = block_bytes * blocks

    def ours(self, executor: Executor, *, direct: bool, synced: bool) -> float:
        """Time the task under the executor, until its log is complete."""
        folder = self._new()
        logs = LogFiles(
            directory=str(folder), prefix="log", direct=direct, max_files=FILES, max_file_bytes=FILE_BYTES
        )
        isolation = Isolation(minimum="none")
        begin = time.perf_counter()
        process = executor.start(
            Command(id=str(folder), argv=self._argv, env={"PATH": "/bin"}, stdout=logs, isolation=isolation)
        )
        executor.wait(process)
        if synced:
            sync(folder)
        taken = time.perf_counter() - begin
        executor.forget(process)
        self._check(folder, full=None if direct else FILE_BYTES)
        return taken

    def theirs(self, command: Peer, *, synced: bool) -> float:
        """Time the task with its output piped to a program."""
        folder = self._new()
        words = command(folder)
        begin = time.perf_counter()
        with subprocess.Popen(self._argv, stdout=subprocess.PIPE) as writer:
            subprocess.run(
                words, stdin=writer.stdout, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        if synced:
            sync(folder)
        taken = time.perf_counter() - begin
        shutil.rmtree(folder)
        return taken

    def _new(self) -> Path:
        folder = self._folder / f"log.{next(self._numbers)}"
        folder.mkdir()
        return folder

    def _check(self, folder: Path, full: int | None) -> None:
        """Make sure that no byte is missing, and tidy up."""
        numbers = sorted(int(path.name.rpartition(".")[2]) for path in folder.glob("log.*"))
        newest = (folder / f"log.{numbers[-1]}").stat().st_size
        found = newest + numbers[-1] * (full or 0)
        if found != self.total_bytes:
            msg = f"{found} bytes came of {self.total_bytes}"
            raise RuntimeError(msg)
        shutil.rmtree(folder)


def sync(folder: Path) -> None:
    """Have the disk take what the files of a folder hold."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file)


def multilog(folder: Path) -> list[str]:
    """Keep the log as daemontools do."""
    return ["multilog", f"s{FILE_BYTES}", f"n{FILES}", str(folder / "log")]


def svlogd(folder: Path) -> list[str]:
    """Keep the log as runit does."""
    (folder / "config").write_text(f"s{FILE_BYTES}\nn{FILES}\n", "ascii")
    return ["svlogd", str(folder)]


def rotatelogs(folder: Path) -> list[str]:
    """Keep the log as Apache does."""
    return ["rotatelogs", "-n", str(FILES), str(folder / "log"), f"{FILE_BYTES // MEBIBYTE}M"]


def cat(folder: Path) -> list[str]:
    """Copy the pipe to one file."""
    return ["sh", "-c", f"cat > {folder / 'log'}"]


PEERS: Final = {
    "bulk": (cat, rotatelogs),
    "bulk, synced": (rotatelogs,),
    "small lines": (cat, rotatelogs, multilog, svlogd),
}


def absent(peers: Iterable[Peer]) -> list[str]:
    """Name the peers that are not installed."""
    return [each.__name__ for each in peers if not shutil.which(each.__name__)]


def rates(executor: Executor, pid: int, writer: Writer, name: str, rounds: int) -> tuple[Row, float]:
    """Give bytes per second, ours and everybody's, and how long our supervisor ran for each round."""
    spent, synced, peers = 0.0, name.endswith("synced"), PEERS[name]

    def ours() -> float:
        nonlocal spent
        before = cpu_seconds(pid)
        taken = writer.ours(executor, direct=False, synced=synced)
        spent += cpu_seconds(pid) - before
        return taken

    measures: dict[str, Callable[[], float]] = {
        "ours": ours,
        ONE_FILE: partial(writer.ours, executor, direct=True, synced=synced),
    }
    measures |= {
        each.__name__: partial(writer.theirs, each, synced=synced) for each in peers if not absent([each])
    }
    interleave(measures, 1)
    spent = 0.0
    found = medians(interleave(measures, rounds))
    speed = {name: writer.total_bytes / seconds / 1e6 for name, seconds in found.items()}
    return Row(speed.pop("ours"), speed, GOALS.get(name, {}), unit="MB/s"), spent / rounds


def busy_starts(executor: Executor, folder: Path, tasks: int, rounds: int) -> Row:
    """Give how long a start takes to its end beside tasks that write at full speed, and without them."""
    numbers = itertools.count()
    limits = Limits(timeout_seconds=60)
    isolation = Isolation(minimum="none")

    def start() -> float:
        begin = time.perf_counter()
        name = f"{folder}/start.{next(numbers)}"
        process = executor.start(Command(id=name, argv=("/bin/true",), isolation=isolation))
        executor.wait(process)
        taken = time.perf_counter() - begin
        executor.forget(process)
        return taken

    def bomb(number: int) -> Process:
        logs = LogFiles(
            directory=str(folder / "bombs"), prefix=f"bomb{number}", max_files=2, max_file_bytes=MEBIBYTE
        )
        name = f"{folder}/bomb.{number}"
        return executor.start(Command(id=name, argv=BOMB, stdout=logs, limits=limits, isolation=isolation))

    quiet = medians(interleave({"rest": start}, rounds))
    bombs = [bomb(number) for number in range(tasks)]
    busy = medians(interleave({"busy": start}, rounds))
    for each in bombs:
        executor.forget(each)
    return Row(busy["busy"], {"at rest": quiet["rest"]}, {})


def measure(folder: Path, rounds: int, tasks: int) -> tuple[dict[str, Row], dict[str, float]]:
    """Take all figures."""
    executor = Executor(folder / "data")
    executor.processes()
    pid = supervisor_of(folder / "data")
    found: dict[str, Row] = {}
    spent: dict[str, float] = {}
    lines = folder / "lines"
    lines.write_bytes((b"x" * 99 + b"\n") * LINES[1])
    zero = Path("/dev/zero")
    writers = {"bulk": (zero, BULK), "bulk, synced": (zero, BULK), "small lines": (lines, LINES)}
    for name, (source, size) in writers.items():
        found[name], spent[name] = rates(executor, pid, Writer(folder, source, *size), name, rounds)
    found["busy starts"] = busy_starts(executor, folder, tasks, 10 * rounds)
    executor.close()
    return found, spent


def main() -> int:
    """Give 1 when a figure is missed, but not to a program."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is run")
    parser.add_argument("--tasks", type=int, default=8, help="how many tasks write while others start")
    options = parser.parse_args()
    missing = absent(PEERS["small lines"])
    with tempfile.TemporaryDirectory(prefix="ostler-logs-") as scratch:
        found, spent = measure(Path(scratch), options.rounds, options.tasks)
    if options.json:
        rows = {
            name: {"ours": row.ours, "peers": row.peers, "ratios": row.ratios} for name, row in found.items()
        }
        print(
            json.dumps(
                {"ratios": found["bulk"].ratios, "rows": rows, "cpu_seconds": spent, "absent": missing}
            )
        )
    else:
        for name, row in found.items():
            print("\n".join(row.lines(name)))
        for name, seconds in spent.items():
            print(f"{name}: the supervisor ran for {seconds:.3f} s")
        print(f"not installed: {', '.join(missing) or 'none'}")
    return 0 if options.json else int(not all(row.met for row in found.values()))


if __name__ == "__main__":
    sys.exit(main())
