"""Short ways to start processes and to look at what they did."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ostler.executor import Command, Executor, Exit, Isolation, LogFiles, Mount, Process
from ostler.executor.supervisor.address import LOCK
from tests import keeper

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = "/usr/local/bin:/usr/bin:/bin"
PATIENCE_SECONDS = 20.0


class Bench:
    """One executor, a folder for output, and everything that was started with it."""

    def __init__(self, data_dir: Path, folder: Path, *, portable: bool = False) -> None:
        self.data_dir = data_dir
        self.folder = folder
        self.executor = Executor(data_dir, portable=portable)
        self.started: list[Process] = []
        self._count = 0

    def command(self, *argv: str, **fields: Any) -> Command:  # noqa: ANN401 - those of a Command
        self._count += 1
        out = str(self.folder / f"out.{self._count}")
        env = {"PATH": PATH, **fields.pop("env", {})}
        return Command(
            id=f"test/{os.getpid()}/{time.monotonic_ns():x}",
            argv=argv,
            env=env,
            **{"stdout": out, "stderr": out, **fields},
        )

    def start(self, *argv: str, **fields: Any) -> Process:  # noqa: ANN401 - those of a Command
        process = self.executor.start(self.command(*argv, **fields))
        self.started.append(process)
        return process

    def run(self, *argv: str, **fields: Any) -> Exit:  # noqa: ANN401 - those of a Command
        return self.end(self.start(*argv, **fields))

    def end(self, process: Process) -> Exit:
        outcome = self.executor.wait(process, PATIENCE_SECONDS)
        assert outcome is not None
        return outcome

    def shell(self, script: str, **fields: Any) -> Exit:  # noqa: ANN401 - those of a Command
        return self.run("/bin/sh", "-c", script, **fields)

    def output(self) -> str:
        """Give what the last command wrote."""
        return (self.folder / f"out.{self._count}").read_text()

    def says(self, script: str, **fields: Any) -> list[str]:  # noqa: ANN401 - those of a Command
        """Run a script that succeeds and give the lines it wrote."""
        outcome = self.shell(script, **fields)
        assert outcome.code == 0, (outcome, self.output())
        return self.output().splitlines()

    def logs(self, name: str = "web.stdout", **fields: Any) -> LogFiles:  # noqa: ANN401 - those of a Command
        folder = self.folder / "logs"
        return LogFiles(fifo=str(self.folder / f".{name}.fifo"), directory=str(folder), prefix=name, **fields)

    def supervisor(self) -> int:
        """Find the supervisor."""
        (pid,) = set(pids_of("supervisor_daemon/__main__.py")) & set(pids_of(str(self.data_dir)))
        return pid

    def clear(self) -> None:
        for process in self.started:
            self.executor.forget(process)
        self.executor.close()
        assert not self.complaints()

    def complaints(self) -> str:
        """Give what the supervisor wrote on its stderr: nothing, when all is well."""
        log = self.data_dir / "supervisor.log"
        return log.read_text() if log.exists() else ""


def wait_until(true: Callable[[], object]) -> None:
    """Wait for something that comes true soon."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def pids_of(marker: str) -> list[int]:
    """Find the processes of this run of tests whose arguments hold a text."""
    return [each.pid for each in keeper.descendants(os.getppid()) if marker in each.command]


def kill_supervisor(data_dir: Path) -> None:
    """Kill the supervisor of a directory, which may be leaving by itself, and see it gone."""
    found = pids_of(f"supervisor_daemon/__main__.py {data_dir}")
    assert found or not _is_held(data_dir), "a supervisor holds the directory, and was not found"
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_until(partial(_gone, pid))


def _is_held(data_dir: Path) -> bool:
    with (data_dir / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _gone(pid: int) -> bool:
    return not alive(pid)


def with_mounts(isolation: Isolation, *mounts: Mount) -> Isolation:
    """Add mounts to an isolation."""
    return evolve(isolation, root=(*isolation.root, *mounts))
