"""The tasks of a chaos round, and the embedder that starts them and may be killed at any moment."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import asdict

from ostler.errors import RecoverableError
from ostler.executor import Command, Executor, Isolation, LogFiles, Mount, Process
from peers import FOLDERS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

TASKS: Final = 20
PATIENCE_SECONDS: Final = 60.0
MOST_NOISE_BYTES: Final = 400_000
SEGMENT_BYTES: Final = 100_000
BEGIN, STARTED, REFUSED = "begin", "started", "refused"


class Place:
    """A folder with all that a run makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.prefix = f"chaos-{os.getpid()}"
        self.hashes: list[str] = []

    def make_noise(self, chance: random.Random) -> None:
        """Make what the tasks write."""
        for number in range(TASKS):
            noise = chance.randbytes(chance.randrange(MOST_NOISE_BYTES))
            self.noise(number).write_bytes(noise)
            self.hashes.append(hashlib.sha256(noise).hexdigest())

    def noise(self, number: int) -> Path:
        """Name what a task of a round writes."""
        return self.folder / f"noise.{number}"

    def journal(self, turn: int) -> Path:
        """Name the file in which the embedders of a round note what they are about to do, and have done."""
        return self.folder / f"journal.{turn}"

    def results(self, turn: int) -> Path:
        """Name the file with the ends of a round's tasks."""
        return self.folder / f"results.{turn}"


class Attempt(NamedTuple):
    """One attempt to start a task: the round, the task's number in it, and which attempt it is."""

    turn: int
    number: int
    attempt: int

    def name(self, place: Place) -> str:
        """Give the id of the process."""
        return f"{place.prefix}/{self.turn}.{self.number}.{self.attempt}"

    @property
    def code(self) -> int:
        """What it ends with."""
        return (self.turn + self.number) % 100

    def marker(self, place: Place) -> Path:
        """Name the file that it adds a line to when it begins."""
        return place.folder / f"begun.{self.turn}.{self.number}.{self.attempt}"

    def logs(self, place: Place, stream: str) -> LogFiles:
        """Give the files of an output stream."""
        folder = place.folder / f"logs.{self.turn}.{self.number}.{self.attempt}"
        return LogFiles(directory=str(folder), prefix=stream, max_files=1000, max_file_bytes=SEGMENT_BYTES)

    def command(self, place: Place, *, isolated: bool) -> Command:
        """Write down the task: every other one is isolated, where that can be had."""
        noise, half = place.noise(self.number), place.noise(self.number).stat().st_size // 2
        script = (
            f"echo begun >> {self.marker(place)}; head -c {half} {noise}; sleep 0.0{self.number % 6}; "
            f"tail -c +{half + 1} {noise}; echo {self.name(place)} >&2; exit {self.code}"
        )
        return Command(
            id=self.name(place),
            argv=("/bin/sh", "-c", script),
            env={"PATH": "/usr/bin:/bin"},
            stdout=self.logs(place, "stdout"),
            stderr=self.logs(place, "stderr"),
            isolation=isolation(place) if isolated and self.number % 2 else Isolation(),
        )

    def handle(self, place: Place) -> Process:
        """Give the handle with which its end is asked for by who did not start it."""
        return Process(id=self.name(place), pid=0, boot_id="", start_time=0, directory=str(place.data))


def isolation(place: Place) -> Isolation:
    """Isolate as `exec` does, with the run's folder to write into."""
    folders = [Mount(folder, folder) for folder in FOLDERS]
    own = Mount(str(place.folder), str(place.folder), readonly=False)
    return Isolation(
        namespaces=frozenset({"mount", "pid", "ipc", "uts"}), root=(*folders, own), hostname="chaos"
    )


class Journal:
    """What the embedders of a round did, a line for each act; a killed one's line is there, or isn't."""

    def __init__(self, path: Path, turn: int) -> None:
        self._path = path
        self._turn = turn

    def note(self, act: str, attempt: Attempt) -> None:
        """Add a line."""
        with self._path.open("ab", buffering=0) as target:
            target.write(f"{act} {attempt.number} {attempt.attempt}\n".encode())

    def read(self) -> dict[Attempt, str]:
        """Give the last act for every attempt."""
        lines = self._path.read_text("ascii").splitlines() if self._path.exists() else []
        return {
            Attempt(self._turn, int(number), int(count)): act for act, number, count in map(str.split, lines)
        }


class Embedder:
    """Start what is not started yet, wait for all, and write down how each ended."""

    def __init__(self, place: Place, turn: int) -> None:
        self._place = place
        self._turn = turn
        self._journal = Journal(place.journal(turn), turn)
        self._executor = Executor(place.data)
        self._isolates = self._executor.host().tier.has_namespaces

    def run(self) -> None:
        """Do all that; may be killed at any moment, and another one then goes on."""
        acts = self._journal.read()
        started = [self._started(number, acts) for number in range(TASKS)]
        ends = {}
        for attempt in started:
            outcome = self._executor.wait(attempt.handle(self._place), PATIENCE_SECONDS)
            ends[attempt.number] = [attempt.attempt, None if outcome is None else asdict(outcome)]
        results = self._place.results(self._turn)
        results.with_suffix(".new").write_text(json.dumps(ends), "ascii")
        results.with_suffix(".new").replace(results)
        self._executor.close()

    def _started(self, number: int, acts: dict[Attempt, str]) -> Attempt:
        mine = [attempt for attempt in acts if attempt.number == number]
        last = max(mine, default=Attempt(self._turn, number, 0))
        if last in acts and acts[last] != REFUSED:
            known = self._executor.recover(last.handle(self._place))
            if known or acts[last] == STARTED:  # of what was started an end is told in any case
                return last
            self._journal.note(REFUSED, last)
        return next(attempt for attempt in self._attempts(last) if self._start(attempt))

    def _attempts(self, last: Attempt) -> Iterator[Attempt]:
        for count in range(last.attempt + 1, last.attempt + 100):
            yield last._replace(attempt=count)

    def _start(self, attempt: Attempt) -> bool:
        """Start it, unless the supervisor is lost over it: then it must never run."""
        self._journal.note(BEGIN, attempt)
        try:
            self._executor.start(attempt.command(self._place, isolated=self._isolates))
        except RecoverableError:
            self._journal.note(REFUSED, attempt)
            return False
        self._journal.note(STARTED, attempt)
        return True
