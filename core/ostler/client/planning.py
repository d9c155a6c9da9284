"""What a driver would start for a task of its own, as a plan: nothing is started."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import attrs

from ostler.drivers.fields import declared
from ostler.drivers.settings import Located, read
from ostler.drivers.values import Health, Task
from ostler.errors import DriverError, RefusedError
from ostler.executor.planner import Planner
from ostler.tasks import TaskFacts, build_allocation, build_task, environment

if TYPE_CHECKING:
    from ostler.runner.open_driver import OpenDriver
    from ostler.runner.workplace import Workplace

ALLOCATION: Final = "00000000-0000-0000-0000-000000000000"
NAME: Final = "example"
_NO_PLAN: Final = "driver {!r} starts nothing through Ostler's executor: there is no plan to show"


def plan_of(name: str, place: Workplace) -> list[dict[str, Any]]:
    """Give the plan of each process that driver ``name`` would start for a task with the least config.

    The executor of ``place`` is a `Planner`.  RefusedError where there is nothing to plan, MistakeError for a
    driver that is not installed.
    """
    place.catalog.check(name)
    place.fingerprint([name])
    found = place.fingerprints[name]
    if found.health is not Health.HEALTHY:
        msg = f"driver {name!r} is {found.health} here: {found.reason}"
        raise RefusedError(f"{msg}; {found.remedy}" if found.remedy else msg)
    opened, planner = place.open(name), place.executor
    assert isinstance(planner, Planner)  # noqa: S101 - made so by the caller
    if opened.driver.implements(
        "wait"
    ):  # its start would start something that is no process of the executor's
        raise RefusedError(_NO_PLAN.format(name))
    with TemporaryDirectory(prefix="ostler-") as folder:
        task = _task(name, opened, place, folder)
        try:
            opened.threads.call(opened.driver.start, opened.deadlines.answer_seconds, task)
        except (DriverError, RefusedError):
            if not planner.plans:
                raise
        if not planner.plans:
            raise RefusedError(_NO_PLAN.format(name))
        return [_renamed(each, folder, str(place.directory / "alloc")) for each in planner.plans]


def _task(name: str, opened: OpenDriver, place: Workplace, folder: str) -> Task:
    filesystem = place.filesystem(name)
    directories = build_task(
        build_allocation(Path(folder).resolve(), ALLOCATION), NAME, filesystem=filesystem
    )
    facts = TaskFacts(
        allocation_id=ALLOCATION,
        task_name=NAME,
        group_name=NAME,
        job_id=NAME,
        directories=directories,
        filesystem=filesystem,
    )
    inherited = {"PATH": os.environ.get("PATH", os.defpath)}  # a plan is shown, and the rest may be secret
    return Task(
        id=f"{ALLOCATION}/{NAME}/00000000",
        name=NAME,
        allocation_id=ALLOCATION,
        job_id=NAME,
        group_name=NAME,
        config=_config(name, opened),
        environment=environment(facts, env={}, inherited=inherited, node={}),
        directories=directories,
        limits_best_effort=opened.best_effort,
    )


def _config(name: str, opened: OpenDriver) -> object:
    """Fill in what has to be set, with the examples that the driver's settings show."""
    settings = opened.driver.task_settings
    required = [each for each in attrs.fields(settings) if each.default is attrs.NOTHING]
    examples = {each.name: declared(each).example for each in required}
    if without := [field for field, example in examples.items() if example is None]:
        msg = f"driver {name!r} shows no example of {', '.join(without)}: there is no plan to show"
        raise RefusedError(msg)
    return read(settings, Located(value=examples), path="config")


def _renamed(value: Any, written: str, shown: str) -> Any:  # noqa: ANN401 - plain data
    """Name in a plan the directory in which allocations are kept, not the one made for this."""
    if isinstance(value, str):
        return value.replace(written, shown)
    if isinstance(value, dict):
        return {key: _renamed(each, written, shown) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(each, written, shown) for each in value]
    return value
