"""Do what an embedder can do with tasks, from many threads, while the supervisor is killed again and again.

usage: siege.py [--json] [--seconds N] [--seed N]

Each of ten threads starts a task that writes a word and exits with a code, isolated or not, with limits or
without, and waits, stops it, kills it, measures it, runs a command in it, or has another embedder wait;
then it asks for the end and reads the log.  An end may be another one than the task's own only where somebody
brought that about; every end is called back once, each log holds the word once, and nothing is left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chaos import after_all, left_behind
from ostler.errors import RecoverableError, RefusedError
from ostler.executor import Command, Executor, Exit, Isolation, Limits, LogFiles, Mount, Reason
from ours import supervisor_of
from peers import FOLDERS
from riot import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor import Process

THREADS: Final = 10
PATIENCE_SECONDS: Final = 60.0
NAPS: Final = (0, 0, 0.01, 0.05, 0.2)
SIZES: Final = (5, 50, 3000)
INSIDE: Final = 7
LIMITS: Final = Limits(memory_bytes=64 * 1024**2, pids=50)
ROOT: Final = Isolation(
    namespaces=frozenset({"mount", "pid", "ipc", "uts"}),
    root=tuple(Mount(folder, folder) for folder in FOLDERS),
)


class Task:
    """One task: what it is to write and to end with, and what was done to it."""

    def __init__(self, place: Place, number: int, chance: random.Random, *, isolates: bool) -> None:
        self.name = f"{place.prefix}/{number}"
        self.code = chance.randrange(100)
        self.word = chance.randbytes(chance.choice(SIZES)).hex()
        self.logs = LogFiles(directory=str(place.folder / f"logs.{number}"), prefix="stdout")
        self.harmed = False
        nap = chance.choice(NAPS)
        self.command = Command(
            id=self.name,
            argv=("/bin/sh", "-c", f"echo {self.word}; sleep {nap}; exit {self.code}"),
            env={"PATH": "/usr/bin:/bin"},
            stdout=self.logs,
            isolation=chance.choice((ROOT, Isolation())) if isolates else Isolation(),
            limits=chance.choice((LIMITS, Limits(), Limits())),
        )

    def wrong(self, outcome: Exit | None) -> bool:
        """Tell whether an end is neither its own nor one that somebody brought about."""
        if outcome is None:
            return True
        return outcome != Exit(code=self.code) and (outcome.reason is Reason.EXITED or not self.harmed)


class Siege:
    """A run: what was done, and the faults that were found."""

    def __init__(self, place: Place, chance: random.Random) -> None:
        self._place = place
        self._chance = chance
        self._executor = Executor(place.data)
        self._isolates = self._executor.host().tier.has_namespaces
        self._over = threading.Event()
        self._counting = threading.Lock()
        self._told: Counter[str] = Counter()
        self.acts: Counter[str] = Counter()
        self.faults: list[str] = []
        self._executor.on_end(lambda name, _: self._told.update([name]))

    def play(self, seconds: float) -> None:
        """Do all of it for so long."""
        threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        threads.append(threading.Thread(target=self._besiege))
        for thread in threads:
            thread.start()
        self._over.wait(seconds)
        self._over.set()
        for thread in threads:
            thread.join()
        self.faults += [f"still known: {name}" for name in self._executor.processes()]
        self._executor.close()
        self.faults += left_behind(self._place, f"{self._place.prefix}/")

    def _besiege(self) -> None:
        """Kill the supervisor, whenever there is one."""
        while not self._over.wait(self._chance.uniform(0.02, 0.6)):
            with suppress(RuntimeError, ProcessLookupError):
                os.kill(supervisor_of(self._place.data), signal.SIGKILL)
                self.acts["killed"] += 1

    def _work(self) -> None:
        while not self._over.is_set():
            with self._counting:
                self.acts["asked for"] += 1
                task = Task(self._place, self.acts["asked for"], self._chance, isolates=self._isolates)
                act = self._chance.choice(ACTS)
            try:
                self._live(task, act)
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody should have met it
                self.faults.append(f"{task.name}, {act.__name__}: {type(error).__name__}: {error}")

    def _live(self, task: Task, act: Callable[[Siege, Process, Task], None]) -> None:
        try:
            process = self._executor.start(task.command)
        except RecoverableError:  # the supervisor was lost over it, and it never runs
            self.acts["refused"] += 1
            return
        self.acts[act.__name__] += 1
        with suppress(RecoverableError):
            act(self, process, task)
        outcome = self._executor.wait(process, PATIENCE_SECONDS)
        if task.wrong(outcome):
            self.faults.append(f"{task.name}, {act.__name__}: {outcome}, not {task.code}")
        self._check_log(task)
        self._executor.forget(process)
        if self._told[task.name] != 1:
            self.faults.append(f"{task.name}: its end was told {self._told[task.name]} times")

    def _check_log(self, task: Task) -> None:
        """Compare what it wrote; one that was killed may have written less."""
        found = b"".join(content for _, content in self._executor.read(task.logs)).decode()
        if found != f"{task.word}\n" and not (task.harmed and f"{task.word}\n".startswith(found)):
            self.faults.append(f"{task.name}: its log has {len(found)} bytes, not {len(task.word) + 1}")

    def wait(self, _: Process, __: Task) -> None:
        """Do nothing to it."""

    def stop(self, process: Process, task: Task) -> None:
        """Stop it, politely or not."""
        task.harmed = True
        self._executor.stop(process, grace_seconds=self._chance.choice((0, 0.01, 1)))

    def kill(self, process: Process, task: Task) -> None:
        """Kill its main process."""
        task.harmed = True
        self._executor.signal(process, "SIGKILL")

    def measure(self, process: Process, _: Task) -> None:
        """Measure it."""
        self._executor.stats(process)

    def execute(self, process: Process, task: Task) -> None:
        """Run a command in it, which ends by itself or with it, if it still runs."""
        with suppress(RefusedError):
            with self._executor.execute(process, ("/bin/sh", "-c", f"exit {INSIDE}")) as inside:
                outcome = inside.wait(PATIENCE_SECONDS)
            if outcome is None or (outcome.reason is Reason.EXITED and outcome.code != INSIDE):
                self.faults.append(f"{task.name}: a command in it: {outcome}")

    def recover(self, process: Process, task: Task) -> None:
        """Have another embedder wait for it."""
        other = Executor(self._place.data)
        try:
            outcome = other.wait(process, PATIENCE_SECONDS)
        finally:
            other.close()
        if task.wrong(outcome):
            self.faults.append(f"{task.name}: another embedder was told {outcome}, not {task.code}")


ACTS: Final = (Siege.wait, Siege.wait, Siege.stop, Siege.kill, Siege.measure, Siege.execute, Siege.recover)


def main() -> int:
    """Give 1 when anything was lost, invented or left."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--seconds", type=float, default=60.0, help="for how long")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="of the choices")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostler-siege-") as scratch:
        place = Place(Path(scratch))
        siege = Siege(place, random.Random(options.seed))  # noqa: S311 - has to repeat, not to be secret
        siege.play(options.seconds)
        faults = [*siege.faults, *after_all(place)]
    if options.json:
        ratios = {"faults per task": len(faults) / max(1, siege.acts["asked for"])}
        print(json.dumps({"ratios": ratios, "acts": siege.acts, "seed": options.seed, "faults": faults}))
    else:
        print(f"{dict(siege.acts)}, seed {options.seed}")
        print("\n".join(faults) or "nothing was lost, invented or left behind")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
