"""The hosts of a data directory: the first one takes up what dead ones left, before any starts a task."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from ostler.errors import MistakeError, RecoverableError

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.jobs import Job
    from ostler.runner.standings import AllocationStanding
    from ostler.runner.workplace import Workplace

FILE: Final = "hosts.lock"
PATIENCE_SECONDS: Final = 150.0  # longer than a first host may take
PAUSE_SECONDS: Final = 0.05


class Hosts:
    """A seat among the hosts of a data directory, held until `close` or the end of this process.

    Whoever starts tasks has to have one.  While it is ``alone``, nobody else can get one: so nobody is in
    the midst of a start whose handle is not written down yet.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / FILE
        try:
            # The file is never removed: two files would be two locks.
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            text = f"can't write to {path}: {error.strerror}; choose another data directory with --data-dir"
            raise MistakeError.single(text) from error
        self._path = path
        self.alone = self._locked(shared=False)
        if not self.alone:
            self.join()

    def join(self) -> None:
        """Let other hosts in; no task may be started before this, for another may be alone meanwhile."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._locked(shared=True):
            if time.monotonic() > deadline:
                text = (
                    f"another process has held {self._path} for {PATIENCE_SECONDS:g} s; see whether it hangs"
                )
                raise RecoverableError(text)
            time.sleep(PAUSE_SECONDS)
        self.alone = False

    def close(self) -> None:
        """Give the seat up."""
        os.close(self._lock)

    def _locked(self, *, shared: bool) -> bool:
        try:
            import fcntl
        except ImportError:
            return shared
        try:
            fcntl.flock(self._lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: nobody is ever alone there
            return shared
        return True


def take_up(place: Workplace, job: Job) -> tuple[Hosts, tuple[str, ...]]:
    """Take a seat, clear away what ended after its owner died, and tell the operator what still runs.

    A host that is alone lets the job's drivers sweep.
    """
    from ostler.runner.sweeping import sweep

    hosts = Hosts(place.directory)
    try:
        told = _cleared(place)
        if hosts.alone:
            sweep(place, job)
            hosts.join()
    except BaseException:
        hosts.close()
        raise
    return hosts, told


def _cleared(place: Workplace) -> tuple[str, ...]:
    if not any((place.directory / "client").glob("*")):
        return ()
    from ostler.runner.orphans import Orphans

    return tuple(_told(each) for each in Orphans(place).clear())


def _told(orphan: AllocationStanding) -> str:
    if orphan.over:
        return f"{orphan}; its records were removed"
    return f"{orphan}; end it with: ostler stop {orphan.allocation_id[:8]}"
