"""What a process and a few directories hold at one moment, to be compared with a later one."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OWN_THREADS: Final = "ostler-driver-"
PASSING_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 0.01


class Scene(NamedTuple):
    """The files below some directories, and this process's threads, children and open files."""

    files: frozenset[str]
    threads: frozenset[threading.Thread]
    processes: frozenset[int]
    descriptors: int

    @classmethod
    def look(cls, *directories: Path) -> Scene:
        """Take the scene now."""
        return cls.inside(*directories)._replace(processes=frozenset(_children(os.getpid())))

    @classmethod
    def inside(cls, *directories: Path) -> Scene:
        """Take the scene without the processes, which is quicker."""
        import psutil

        threads = frozenset(threading.enumerate())
        return cls(_files(directories), threads, frozenset(), psutil.Process().num_fds())

    def added(self, later: Scene) -> list[str]:
        """Name what a later scene has and this one has not."""
        found = [f"file {name}" for name in later.files - self.files]
        threads = [thread.name for thread in later.threads - self.threads if thread.is_alive()]
        found += [f"thread {name}" for name in threads if not name.startswith(OWN_THREADS)]
        found += [f"process {pid}" for pid in later.processes - self.processes]
        more = later.descriptors - self.descriptors
        return sorted(found) + ([f"{more} open files"] if more > 0 else [])

    def left(self, *directories: Path) -> list[str]:
        """Name what is there and was not, and still is after a moment: what only passes by is not left.

        A driver that asks a program for its tasks may be about to just now.
        """
        deadline = time.monotonic() + PASSING_SECONDS
        while (found := self.added(Scene.look(*directories))) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        return found


class Surroundings(NamedTuple):
    """What of the process belongs to all that runs in it."""

    environment: dict[str, str]
    directory: str
    umask: int
    handlers: tuple[object, ...]

    @classmethod
    def look(cls) -> Surroundings:
        """Take them now; the umask can be read only by setting it."""
        umask = os.umask(0o077)
        os.umask(umask)
        handlers = tuple(signal.getsignal(number) for number in sorted(signal.valid_signals()))
        return cls(dict(os.environ), str(Path.cwd()), umask, handlers)


def _children(pid: int) -> Iterator[int]:
    """List the processes below one; reading what Linux says of each is much quicker than asking for all."""
    threads = Path(f"/proc/{pid}/task")
    if not (threads / str(pid) / "children").exists():
        import psutil

        with suppress(psutil.NoSuchProcess):
            yield from (child.pid for child in psutil.Process(pid).children(recursive=True))
        return
    with suppress(OSError):
        for thread in threads.iterdir():
            for child in (thread / "children").read_text(encoding="ascii").split():
                yield int(child)
                yield from _children(int(child))


def _files(directories: Iterable[Path]) -> frozenset[str]:
    return frozenset(str(path) for directory in directories for path in directory.rglob("*"))
