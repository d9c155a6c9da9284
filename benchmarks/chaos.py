"""Kill embedder and supervisor at random instants, and see that nothing is lost, invented or left behind.

usage: chaos.py [--json] [--rounds N] [--seed N]

A round is 20 tasks that write to their logs and exit, every other one isolated.  Meanwhile the embedder that
starts them and the supervisor are killed once or twice each; the next embedder goes on where that one was.
At the end every exit code and every log byte is compared.  No task may have run twice or after its start was
given up, and no process, mount, cgroup, socket or file may be left.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import select
import signal
import stat
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostler.executor import Executor
from ours import supervisor_of
from riot import BEGIN, REFUSED, TASKS, Attempt, Embedder, Journal, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST_SECONDS: Final = 0.25
LEAVE_SECONDS: Final = 20.0  # an idle supervisor stays for 5 s
SETTLE_SECONDS: Final = 10.0
KEPT: Final = {"supervisor.log", "supervisor.lock", "supervisor.key", "start.lock", "tasks", "root"}
CGROUPS: Final = Path("/sys/fs/cgroup")


def fork(call: Callable[[], object]) -> int:
    """Call in a child, which ends with 0 if all went well."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        call()
        code = 0
    except BaseException:  # noqa: BLE001 - never come back into the parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def ended_in(child: int, seconds: float) -> bool:
    """Wait for a child to end, no longer than this."""
    pidfd = os.pidfd_open(child)
    try:
        return bool(select.select([pidfd], [], [], max(0.0, seconds))[0])
    finally:
        os.close(pidfd)


class Round:
    """One round, with the faults found in it."""

    def __init__(self, place: Place, turn: int, chance: random.Random, seconds: float) -> None:
        self._place = place
        self._turn = turn
        self.kills: Counter[str] = Counter()
        self.faults: list[str] = []
        begin = time.monotonic()
        instants = [
            (begin + chance.uniform(0, seconds), whom)
            for whom in ("embedder", "supervisor")
            for _ in range(chance.randint(1, 2))
        ]
        self._play(sorted(instants))
        self.seconds = time.monotonic() - begin
        self._check()

    def _play(self, instants: list[tuple[float, str]]) -> None:
        """Have embedders start the tasks and wait for them, and kill when it is time."""
        embedder = self._embedder()
        for instant, whom in instants:
            if ended_in(embedder, instant - time.monotonic()):
                break
            if whom == "embedder":
                os.kill(embedder, signal.SIGKILL)
                os.waitpid(embedder, 0)
                embedder = self._embedder()
                self.kills[whom] += 1
            else:
                with suppress(RuntimeError, ProcessLookupError):  # there may be none now
                    os.kill(supervisor_of(self._place.data), signal.SIGKILL)
                    self.kills[whom] += 1
        _, status = os.waitpid(embedder, 0)
        if status:
            self.faults.append(f"the embedder ended with wait status {status}")

    def _embedder(self) -> int:
        return fork(lambda: Embedder(self._place, self._turn).run())

    def _check(self) -> None:
        """Compare the ends at once, and what was written once everything is forgotten, which ends all."""
        results = self._place.results(self._turn)
        ends = json.loads(results.read_text("ascii")) if results.exists() else {}
        acts = Journal(self._place.journal(self._turn), self._turn).read()
        final = {Attempt(self._turn, int(number), count): end for number, (count, end) in ends.items()}
        if len(final) != TASKS:
            self.faults.append(f"{len(final)} of {TASKS} ends are known")
        _, status = os.waitpid(fork(lambda: self._tidy(final)), 0)
        if status:
            self.faults.append("the supervisor knows other tasks than were started")
        for attempt in acts:
            self.faults += self._faults_of(attempt, acts[attempt], final)
        self.faults += left_behind(self._place, f"{self._place.prefix}/{self._turn}.")

    def _tidy(self, final: dict[Attempt, object]) -> None:
        executor = Executor(self._place.data)
        known = executor.processes()
        for attempt in final:
            executor.forget(attempt.handle(self._place))
        executor.close()
        if sorted(known) != sorted(attempt.name(self._place) for attempt in final):
            sys.exit(f"known are {sorted(known)}")

    def _faults_of(
        self, attempt: Attempt, act: str, final: dict[Attempt, dict[str, object]]
    ) -> Iterator[str]:
        name = attempt.name(self._place)
        marker = attempt.marker(self._place)
        begun = marker.read_text("ascii").count("begun") if marker.exists() else 0
        if attempt not in final:
            if begun or act not in {BEGIN, REFUSED}:
                yield f"{name} was given up ({act}), and began {begun} times"
            return
        if begun != 1:
            yield f"{name} began {begun} times"
        end = final[attempt] or {}
        if (end.get("code"), end.get("reason")) != (attempt.code, "exited"):
            yield f"{name} ended with {end}, not {attempt.code}"
        noise = self._place.hashes[attempt.number]
        line = hashlib.sha256(f"{name}\n".encode()).hexdigest()
        for stream, expected in (("stdout", noise), ("stderr", line)):
            if self._log(attempt, stream) != expected:
                yield f"the {stream} of {name} is not what it wrote"

    def _log(self, attempt: Attempt, stream: str) -> str:
        folder = Path(attempt.logs(self._place, stream).directory)
        segments = sorted(folder.glob(f"{stream}.*"), key=lambda path: int(path.suffix[1:]))
        return hashlib.sha256(b"".join(path.read_bytes() for path in segments)).hexdigest()


def left_behind(place: Place, prefix: str) -> list[str]:
    """Name what is left of a round, once it had a moment to go."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (left := list(leftovers(place, prefix))) and time.monotonic() < deadline:
        time.sleep(0.005)
    return left


def leftovers(place: Place, prefix: str) -> Iterator[str]:
    """Look for what the tasks with these names, or their supervisor, may have left."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if prefix in command:
                yield f"process {path.parent.name}: {command}"
    for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines():
        if str(place.folder) in line:
            yield f"mount {line}"
    yield from cgroups(prefix.replace("/", "."))
    for path in (place.data / "tasks").iterdir():
        yield f"record {path.name}"
    for path in place.folder.glob(f"logs.{prefix.partition('/')[2]}*/.*"):
        if stat.S_ISFIFO(path.lstat().st_mode):
            yield f"FIFO {path}"


def cgroups(prefix: str) -> Iterator[str]:
    """Find those of a name; the walk passes over what others remove meanwhile."""
    for folder, names, _ in os.walk(CGROUPS):
        yield from (f"cgroup {folder}/{name}" for name in names if name.startswith(prefix))


def after_all(place: Place) -> list[str]:
    """Name what is left when the supervisor should have gone."""
    deadline = time.monotonic() + LEAVE_SECONDS
    with suppress(RuntimeError):
        while supervisor_of(place.data) and time.monotonic() < deadline:
            time.sleep(0.05)
    left = sorted(path.name for path in place.data.iterdir() if path.name not in KEPT)
    said = (place.data / "supervisor.log").read_text("utf-8")
    return [*(f"left: {name}" for name in left), *([f"the supervisor said: {said[-1000:]}"] if said else [])]


def riot(folder: Path, rounds: int, seed: int) -> tuple[list[str], Counter[str], float]:
    """Play all rounds; give the faults, who was killed how often, and how long a round takes in the mean."""
    place, chance = Place(folder), random.Random(seed)  # noqa: S311 - has to repeat, not to be secret
    place.make_noise(chance)
    faults: list[str] = []
    kills: Counter[str] = Counter()
    seconds = FIRST_SECONDS
    for turn in range(rounds):
        played = Round(place, turn, chance, seconds)
        faults += played.faults
        kills += played.kills
        seconds = 0.9 * seconds + 0.1 * played.seconds
        for fault in played.faults:
            print(f"round {turn}: {fault}", file=sys.stderr)
    return [*faults, *after_all(place)], kills, seconds


def main() -> int:
    """Give 1 when anything was lost, invented or left."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--rounds", type=int, default=500, help="how many rounds of 20 tasks")
    parser.add_argument(
        "--seed", type=int, default=time.time_ns() % 1_000_000, help="repeats the same instants"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostler-chaos-") as scratch:
        faults, kills, seconds = riot(Path(scratch), options.rounds, options.seed)
    tasks = options.rounds * TASKS
    if options.json:
        ratios = {"faults per task": len(faults) / tasks}
        print(
            json.dumps(
                {"ratios": ratios, "tasks": tasks, "kills": kills, "seed": options.seed, "faults": faults}
            )
        )
    else:
        print(f"{tasks} tasks, killed: {dict(kills)}, {seconds:.2f} s a round, seed {options.seed}")
        print("\n".join(faults) or "nothing was lost, invented or left behind")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
