"""What of the process belongs to all that runs in it: a driver may change none of it."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from ostler.drivers.shown import shown

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection, Iterator
    from types import FrameType

STANDARD: Final = range(3)


class Scene(NamedTuple):
    """The working directory, the umask, the environment and which file each open standard descriptor is."""

    directory: str
    umask: str
    environment: dict[str, str]
    descriptors: dict[int, tuple[int, int]]

    @classmethod
    def look(cls) -> Scene:
        """Take the scene now; what can't be known here is empty."""
        return cls(_directory(), _umask(), dict(os.environ), _descriptors())

    def changes(self, later: Scene) -> Iterator[str]:
        """Say what a later scene has otherwise."""
        if later.directory != self.directory:
            yield f"the working directory, from {self.directory} to {later.directory}"
        if later.umask != self.umask:
            yield f"the umask, from {self.umask} to {later.umask}"
        names = {name for name, _ in self.environment.items() ^ later.environment.items()}
        if names:
            yield f"the environment: {shown(sorted(names))}"
        for number, file in self.descriptors.items():
            if number not in later.descriptors:
                yield f"descriptor {number}, which it closed"
            elif later.descriptors[number] != file:
                # Closed too, as a rule: another thread's file takes the number at once.
                yield f"descriptor {number}, which it closed or which leads elsewhere now"


class _Look:
    """One stretch of a driver's code, and the other drivers whose code ran at the same time."""

    running: ClassVar[set[_Look]] = set()
    changing: ClassVar = threading.Lock()

    def __init__(self, driver: str) -> None:
        self.driver = driver
        self.beside: set[str] = set()
        with self.changing:
            for other in self.running:
                other.beside.add(driver)
                self.beside.add(other.driver)
            self.running.add(self)

    def end(self) -> None:
        with self.changing:
            self.running.discard(self)
        self.beside.discard(self.driver)


@contextmanager
def unchanged(driver: str, what: str, logger: logging.Logger) -> Iterator[None]:
    """Say what changes of the scene while a driver's code runs; a descriptor that it closed leads to nothing.

    Another thread may have changed it meanwhile, so the words only say when it was, and who ran beside it.
    A number that another thread's file took stays that thread's until it is closed; it is kept the next time.
    """
    look, before = _Look(driver), Scene.look()
    try:
        yield
    finally:
        after = Scene.look()
        look.end()
        beside = f", beside {', '.join(map(repr, sorted(look.beside)))}," if look.beside else ","
        for change in before.changes(after):
            logger.warning("while driver %r ran %s%s something changed %s", driver, what, beside, change)
        for number in STANDARD:
            if number not in after.descriptors:
                _lead_nowhere(number)


def threads_of(module: str, known: Collection[threading.Thread]) -> list[str]:
    """Name the threads that run a module's code and keep the interpreter from ending, save ``known`` ones."""
    package = module.rpartition(".")[0] or module
    frames = sys._current_frames()  # noqa: SLF001 - documented, for such a purpose
    return [
        thread.name
        for thread in threading.enumerate()
        if not thread.daemon and thread not in known and _runs(frames.get(thread.ident or 0), package)
    ]


def _runs(frame: FrameType | None, package: str) -> bool:
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name == package or name.startswith(f"{package}."):
            return True
        frame = frame.f_back
    return False


def _directory() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def _umask() -> str:
    """Read it where the system tells it; to set it in order to read it would race with other threads."""
    with suppress(OSError), Path("/proc/self/status").open(encoding="utf-8", errors="replace") as status:
        for line in status:
            if line.startswith("Umask:"):
                return line.split()[1]
    return ""


def _descriptors() -> dict[int, tuple[int, int]]:
    found = {}
    for number in STANDARD:
        with suppress(OSError):
            status = os.fstat(number)
            found[number] = status.st_dev, status.st_ino
    return found


def _lead_nowhere(number: int) -> None:
    """Keep a standard descriptor's number from the next file that is opened."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.set_inheritable(nothing, True)  # noqa: FBT003 - takes no keyword
    if nothing != number:
        if number not in _descriptors():
            os.dup2(nothing, number)
        os.close(nothing)
