"""Our own ways to start the command that the peers start, each timed from the call to the end of the task.

usage: ours.py DIRECTORY ROUNDS: as an ordinary user, time ours and bwrap in turns and print JSON
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from attrs import evolve

from ostler.executor import Command, Executor, Isolation, Limits, LogFiles, Mount
from ostler.executor.linux.groups import Groups
from ostler.executor.linux.launch import launch
from ostler.executor.order import Linux
from peers import COMMAND, CPU_SHARES, FOLDERS, HOSTNAME, MEMORY_BYTES, PIDS, bwrap
from timing import interleave, medians, spawned

if TYPE_CHECKING:
    from types import TracebackType

    from ostler.executor import Process

PATIENCE_SECONDS: Final = 30.0
WARM_UP_ROUNDS: Final = 3


def command(name: str, *, user: str = "", limited: bool = True) -> Command:
    """Write down what the peers are asked for too: namespaces, a root of binds, cgroups, another user."""
    return Command(
        id=name,
        argv=(COMMAND,),
        env={"PATH": "/usr/bin:/bin"},
        user=user,
        isolation=Isolation(
            namespaces=frozenset({"mount", "pid", "ipc", "uts"}),
            root=tuple(Mount(folder, folder) for folder in FOLDERS),
            hostname=HOSTNAME,
        ),
        limits=Limits(memory_bytes=MEMORY_BYTES, cpu_shares=CPU_SHARES, pids=PIDS) if limited else Limits(),
    )


class Direct:
    """The launcher alone, in this process: from the clone to the removal of the cgroups."""

    def __init__(self, folder: Path, *, user: str = "", limited: bool = True) -> None:
        self._slot = folder / "slot"
        self._order = (
            Linux()
            .write(command(f"bench-{os.getpid()}/direct", user=user, limited=limited), str(folder))
            .content
        )

    def time(self) -> float:
        """Time one start."""
        begin = time.perf_counter()
        begun = launch(self._order, str(self._slot), lambda: None)
        begun.go()
        while not begun.receive():
            pass
        begun.close()
        _, status = os.waitpid(begun.pid, 0)
        Groups(self._order["cgroups"]).remove()
        taken = time.perf_counter() - begin
        self._slot.unlink()
        if status:
            msg = f"{COMMAND} ended with wait status {status}"
            raise RuntimeError(msg)
        return taken


class Supervised:
    """An executor and its supervisor: a task's logs are collected and its end is recorded."""

    def __init__(self, folder: Path, *, user: str = "") -> None:
        self._folder = folder
        self._user = user
        self._executor = Executor(folder / "data")
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        """Start the supervisor."""
        self._executor.processes()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the supervisor go, which leaves soon."""
        self._executor.close()

    def time(self) -> float:
        """Time one task with two logs, from the making of these until its end is known."""
        number = next(self._numbers)
        logs = [self._logs(number, stream) for stream in ("stdout", "stderr")]
        begin = time.perf_counter()
        for each in logs:
            self._executor.collect(each)
        process = self._run(evolve(self._command(number), stdout=logs[0].fifo, stderr=logs[1].fifo))
        taken = time.perf_counter() - begin
        for each in logs:
            self._executor.release(each)
        self._executor.forget(process)
        return taken

    def run(self) -> None:
        """Run one task that says nothing."""
        self._executor.forget(self._run(self._command(next(self._numbers))))

    def _command(self, number: int) -> Command:
        return command(f"bench-{os.getpid()}/{number}", user=self._user)

    def _run(self, asked: Command) -> Process:
        process = self._executor.start(asked)
        outcome = self._executor.wait(process, PATIENCE_SECONDS)
        if outcome is None or not outcome.successful:
            msg = f"task {asked.id}: {outcome}"
            raise RuntimeError(msg)
        return process

    def _logs(self, number: int, stream: str) -> LogFiles:
        folder = self._folder / "logs" / str(number)
        return LogFiles(fifo=str(self._folder / f"{number}.{stream}"), directory=str(folder), prefix=stream)


def by_an_ordinary_user(folder: Path, rounds: int) -> dict[str, float]:
    """Time ours and bwrap, in turns, as whoever calls this."""
    direct = Direct(folder, limited=False)
    measures = {"ours": direct.time, "bwrap": lambda: spawned(bwrap())}
    interleave(measures, WARM_UP_ROUNDS)
    return medians(interleave(measures, rounds))


if __name__ == "__main__":
    print(json.dumps(by_an_ordinary_user(Path(sys.argv[1]), int(sys.argv[2]))))
