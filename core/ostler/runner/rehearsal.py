"""Let a driver judge a task before anything of its job runs, where nothing is left to interpolate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ostler.drivers.secrecy import revealed
from ostler.drivers.values import Directories, Task
from ostler.errors import MistakeError, Problem, RefusedError
from ostler.executor.signals import signal_number
from ostler.runner.preparation import Assignment, variables
from ostler.tasks import evaluate_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ostler.jobs import Group, Job, JobTask
    from ostler.runner.workplace import Workplace

NOBODYS: Final = "00000000-0000-0000-0000-000000000000"


def wrong_kill_signal(task: JobTask) -> Iterator[Problem]:
    """Say that nobody knows the task's kill_signal, which else would come out when it is to stop."""
    if task.kill_signal:
        try:
            signal_number(task.kill_signal)
        except RefusedError as error:
            yield Problem(task.where, f"{task.path}.kill_signal", str(error))


def unresolved(task: JobTask, group: Group, job: Job, place: Workplace) -> list[Problem]:
    """Say which ``${...}`` of the config nothing will resolve: the names are those that a start will know."""
    root = place.directory / "alloc" / NOBODYS
    assignment = Assignment(job=job, group=group, task=task, allocation_id=NOBODYS, index=0, directory=root)
    try:
        env = variables(assignment, place, _directories(task, root))
        evaluate_config(
            task.config, variables=place.node.variables(), environment=env, path=f"{task.path}.config"
        )
    except MistakeError as error:
        return revealed(error.problems, place.open(task.driver).driver.task_settings)
    return []


def rehearsed(task: JobTask, group: Group, job: Job, config: Any, place: Workplace) -> Iterator[Problem]:  # noqa: ANN401 - any settings class
    """Call the driver's `validate` on a task that has no directories yet; DriverError where it fails."""
    opened = place.open(task.driver)
    root = place.directory / "alloc" / NOBODYS
    tried = Task(
        id=f"{NOBODYS}/{task.name}/00000000",
        name=task.name,
        allocation_id=NOBODYS,
        job_id=job.id,
        group_name=group.name,
        config=config,
        environment=task.env,
        directories=_directories(task, root),
        resources=task.resources,
        user=task.user,
        limits_best_effort=opened.best_effort,
    )
    try:
        opened.threads.call(opened.driver.validate, opened.deadlines.answer_seconds, tried)
    except RefusedError as error:
        yield Problem(task.where, task.path, str(error))


def _directories(task: JobTask, root: Path) -> Directories:
    return Directories(
        allocation=str(root),
        shared=str(root / "alloc"),
        task=str(root / task.name),
        local=str(root / task.name / "local"),
        secrets=str(root / task.name / "secrets"),
    )
