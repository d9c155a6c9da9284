"""Let drivers end what a host that died left on the machine and no record names."""

from __future__ import annotations

import logging
from concurrent.futures import wait
from typing import TYPE_CHECKING, Final

from ostler.errors import DriverError, OstlerError
from ostler.runner.checks import tasks_of
from ostler.runner.state import OWNER, AllocationState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers.values import TaskHandle
    from ostler.jobs import Job
    from ostler.runner.open_driver import OpenDriver
    from ostler.runner.workplace import Workplace

logger = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 60.0


class SweepHangsError(DriverError):
    """A driver still sweeps, and might take a new task for one that was left."""


def sweep(place: Workplace, job: Job) -> None:
    """Call `sweep` of the job's drivers that implement it; for a host that is alone and runs no task yet.

    A record that can't be read might name a task, and then no driver is asked.
    """
    names = dict.fromkeys(task.driver for task in tasks_of(job))
    sweeping = [each for each in map(place.open, names) if each.driver.implements("sweep")]
    if not sweeping:
        return
    known, doubt = _known(place)
    if doubt:
        logger.warning("no driver was asked to sweep: %s", doubt)
        return
    for each in sweeping:
        _sweep(each, [handle for handle in known if handle.driver == each.driver.name])


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


def _sweep(opened: OpenDriver, known: Sequence[TaskHandle]) -> None:
    future = opened.threads.submit(opened.driver.sweep, known)
    wait((future,), SWEEP_SECONDS)
    if not future.done():
        msg = (
            f"driver {opened.driver.name!r} did not answer sweep within {SWEEP_SECONDS:g} s; it gets no task"
        )
        raise SweepHangsError(msg)
    try:
        future.result()
    except OstlerError as error:
        logger.warning("%s", error)
