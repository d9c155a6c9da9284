"""Our own ways to start the command that the peers start, each timed from the call to the end of the task.

usage: ours.py DIRECTORY ROUNDS: as an ordinary user, time ours and bwrap in turns and print JSON
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from attrs import evolve

from ostler.executor import Command, Executor, Isolation, Limits, LogFiles, Mount
from ostler.executor.linux.compiled import Compiled
from ostler.executor.linux.forked import Forked
from ostler.executor.linux.groups import Groups
from ostler.executor.linux.launch import COMPILED, kind
from ostler.executor.linux.launched import LaunchError
from ostler.executor.order import Linux
from ostler.executor.supervisor.folded import fold
from ostler.executor.supervisor.loop import Loop
from peers import COMMAND, CPU_SHARES, FOLDERS, HOSTNAME, MEMORY_BYTES, PIDS, bwrap
from timing import interleave, medians, spawned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType
    from typing import Any

    from ostler.executor import Process
    from ostler.executor.linux.launched import Launched

    Launcher = Callable[[Mapping[str, Any], str, str], Launched | LaunchError]

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
    """A launcher alone, in this process: from the clone to the removal of the cgroups.

    What a supervisor has by then is there before: an order as it came, and the file with the slot.
    """

    def __init__(self, folder: Path, launcher: Launcher, *, user: str = "", limited: bool = True) -> None:
        self._slot = folder / f"slot.{id(self)}"
        self._launcher = launcher
        asked = command(f"bench-{os.getpid()}/{id(self)}", user=user, limited=limited)
        self._order = fold(Linux().write(asked, str(folder)).content)
        self._slot.touch()

    def time(self) -> float:
        """Time one start."""
        begin = time.perf_counter()
        begun = self._launcher(self._order, str(self._slot), "bench")
        if isinstance(begun, LaunchError):
            raise begun
        _, status = os.waitpid(begun.pid, 0)
        Groups(self._order["cgroups"]).remove()
        taken = time.perf_counter() - begin
        os.close(begun.pidfd)
        if status:
            msg = f"{COMMAND} ended with wait status {status}"
            raise RuntimeError(msg)
        return taken


def in_c() -> Launcher | None:
    """Give the launcher in C, on this thread; None where it was not built."""
    return Compiled(Loop()).now if kind() == COMPILED else None


@cache
def _forked() -> tuple[Loop, Forked]:
    loop = Loop()
    return loop, Forked(loop)


def by_ctypes(order: Mapping[str, Any], slot: str, name: str) -> Launched | LaunchError:
    """Launch by the launcher that needs no compiler."""
    loop, launcher = _forked()
    told: list[Launched | LaunchError] = []

    def done(answer: Launched | LaunchError) -> None:
        told.append(answer)
        loop.stop()

    launcher.launch(order, slot, name, done)
    loop.run()
    return told[0]


class Supervised:
    """An executor and its supervisor: a task's logs are collected and its end is recorded."""

    def __init__(self, folder: Path, *, user: str = "") -> None:
        self._folder = folder
        self._user = user
        self.directory = folder / "data"
        self._executor: Executor
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        """Start the supervisor."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the supervisor go, which leaves soon."""
        self.close()

    def open(self) -> list[str]:
        """Reach the supervisor, started if need be; give the tasks that it knows."""
        self._executor = Executor(self.directory)
        return self._executor.processes()

    def close(self) -> None:
        """Let go of it."""
        self._executor.close()

    def time(self) -> float:
        """Time one task with two logs, until its end is known."""
        begin = time.perf_counter()
        process = self.start((COMMAND,))
        self._wait(process)
        taken = time.perf_counter() - begin
        self.end(process)
        return taken

    def run(self) -> None:
        """Run one task that says nothing."""
        process = self._executor.start(self._command(next(self._numbers)))
        self._wait(process)
        self._executor.forget(process)

    def start(self, argv: tuple[str, ...]) -> Process:
        """Start a task with two logs."""
        number = next(self._numbers)
        stdout, stderr = (self._logs(number, stream) for stream in ("stdout", "stderr"))
        return self._executor.start(evolve(self._command(number), argv=argv, stdout=stdout, stderr=stderr))

    def end(self, process: Process) -> None:
        """Forget a task, which is killed if it still runs."""
        self._executor.forget(process)

    def _command(self, number: int) -> Command:
        return command(f"bench-{os.getpid()}/{number}", user=self._user)

    def _wait(self, process: Process) -> None:
        outcome = self._executor.wait(process, PATIENCE_SECONDS)
        if outcome is None or not outcome.successful:
            msg = f"task {process.id}: {outcome}"
            raise RuntimeError(msg)

    def _logs(self, number: int, stream: str) -> LogFiles:
        folder = self._folder / "logs" / str(number)
        return LogFiles(fifo=str(self._folder / f"{number}.{stream}"), directory=str(folder), prefix=stream)


def supervisor_of(directory: Path) -> int:
    """Find the process that supervises a data directory, or is about to.

    What it launches looks like it for a moment, but leads no session, or is a child of something like that,
    or of what that has become meanwhile: an init.
    """
    found = dict(_alike(f"{directory}\0linux\0".encode()))
    for pid, (parent, session) in found.items():
        if pid == session and parent not in found and not _is_init(parent):
            return pid
    msg = f"nobody supervises {directory}"
    raise RuntimeError(msg)


def _is_init(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ostler-init ")
    except OSError:
        return False


def _alike(last_words: bytes) -> Iterator[tuple[int, tuple[int, int]]]:
    """Give the processes whose command ends with these words, each with its parent and its session."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "cmdline").read_bytes().endswith(last_words):
                fields = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
                yield int(folder.name), (int(fields[1]), int(fields[3]))


def kill_supervisor(directory: Path) -> None:
    """Kill it, and see it gone."""
    pid = supervisor_of(directory)
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.0005)


def by_an_ordinary_user(folder: Path, rounds: int) -> dict[str, float]:
    """Time ours and bwrap, in turns, as whoever calls this."""
    direct = Direct(folder, in_c() or by_ctypes, limited=False)
    measures = {"ours": direct.time, "bwrap": lambda: spawned(bwrap())}
    interleave(measures, WARM_UP_ROUNDS)
    return medians(interleave(measures, rounds))


if __name__ == "__main__":
    print(json.dumps(by_an_ordinary_user(Path(sys.argv[1]), int(sys.argv[2]))))
