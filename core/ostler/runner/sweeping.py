"""Let drivers end what a host that died left on the machine and no record names."""

from __future__ import annotations

import logging
import os
from concurrent.futures import wait
from typing import TYPE_CHECKING, Final

from ostler.errors import DriverError, OstlerError
from ostler.runner.checks import tasks_of
from ostler.runner.state import OWNER, AllocationState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ostler.drivers.values import TaskHandle
    from ostler.jobs import Job
    from ostler.runner.open_driver import OpenDriver
    from ostler.runner.workplace import Workplace

logger = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 60.0


def sweep(place: Workplace, job: Job) -> None:
    """Call `sweep` of the job's drivers that implement it; for a host that is alone and runs no task yet.

    A record that can't be read might name a task, and then no driver is asked.
    """
    names = dict.fromkeys(task.driver for task in tasks_of(job))
    able = [each for each in map(place.open, names) if each.driver.implements("sweep")]
    sweeping = [each for each in able if not _is_swept(_mark(place, each.driver.name))]
    if not sweeping:
        return
    known, doubt = _known(place)
    if doubt:
        logger.warning("no driver was asked to sweep: %s", doubt)
        return
    for each in sweeping:
        name = each.driver.name
        _sweep(each, [handle for handle in known if handle.driver == name], _mark(place, name))


def _known(place: Workplace) -> tuple[list[TaskHandle], str]:
    """Read all handles; say what keeps them from being all that there is."""
    known: list[TaskHandle] = []
    for path in sorted((place.directory / "client").glob("[!.]*")):
        state = AllocationState(path)
        try:
            if not state.own() and (path / OWNER).exists():
                return [], f"a living process runs allocation {path.name}"
            known.extend(place.recovered.get(each.task_id, each) for each in state.handles())
            if unread := state.unreadable():
                return [], f"{unread[0]} can't be read by this version"
        finally:
            state.close()
    return known, ""


def refuse_sweeping(place: Workplace, job: Job) -> None:
    """Raise DriverError where a driver of the job still sweeps, in this process or in another.

    It might take a new task for one that was left.
    """
    for name in dict.fromkeys(task.driver for task in tasks_of(job)):
        if _is_swept(_mark(place, name)):
            late = f"did not answer sweep within {SWEEP_SECONDS:g} s, and is still at it"
            msg = f"driver {name!r} {late}; it gets no task before that is done"
            raise DriverError(msg)


def _sweep(opened: OpenDriver, known: Sequence[TaskHandle], mark: Path) -> None:
    lock = _locked(mark)
    future = opened.threads.submit(opened.driver.sweep, known)
    wait((future,), SWEEP_SECONDS)
    if not future.done():  # whoever wants to start its tasks is told
        future.add_done_callback(lambda _: _unlock(lock, mark))
        return
    _unlock(lock, mark)
    try:
        future.result()
    except OstlerError as error:
        logger.warning("%s", error)


def _mark(place: Workplace, driver: str) -> Path:
    """Name the file that is locked while a driver sweeps, beside the driver's own directory."""
    return place.directory / "drivers" / f".{driver}.sweeping"


def _locked(mark: Path) -> int:
    import fcntl

    lock = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _unlock(lock: int, mark: Path) -> None:
    mark.unlink(missing_ok=True)
    os.close(lock)


def _is_swept(mark: Path) -> bool:
    try:
        lock = os.open(mark, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False  # whoever swept has died
