"""Check a whole job before anything of it starts, and say all that is wrong at once."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from ostler.drivers.secrecy import revealed
from ostler.drivers.values import Health
from ostler.errors import DriverError, MistakeError, Problem, by_place
from ostler.runner.fetching import asked_by_driver, problems_before
from ostler.runner.preparation import unheld_limits
from ostler.runner.rehearsal import rehearsed, unresolved, wrong_kill_signal
from ostler.runner.users import denied_user, wrong_user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.jobs import Constraint, FlawedJobError, Group, Job, JobTask
    from ostler.runner.workplace import Workplace


# A block that somebody else judges as a whole: with a mistake in one of its keys it is not judged again.
_JUDGED_WHOLE: Final = re.compile(r".*?\.task\[[0-9]+\]\.(config|artifact\[[0-9]+\])(?=\.|\Z)")


def check_job(job: Job, place: Workplace) -> tuple[str, ...]:
    """Check all that can be known before the job runs: what is written, then whether this machine fits.

    Returns notes for the operator: fields that are deprecated, or are checked again once interpolated.
    Raises MistakeError with every problem, DriverError where a driver that is named is broken.
    """
    problems, notes = check_text(job, place)
    if problems:
        raise MistakeError(sorted(problems, key=by_place))
    place.fingerprint(_named_drivers(job, place))
    return (*place.remarks(), *notes, *_refuse_unfit(job, place))


def check_text(job: Job, place: Workplace) -> tuple[list[Problem], list[str]]:
    """Find what is wrong with what is written, and note what can be checked only later."""
    problems = [problem for task in tasks_of(job) for problem in _driver_problems(task, place)]
    broken = {problem.path for problem in problems}
    notes: list[str] = []
    for task in tasks_of(job):
        if task.driver and f"{task.path}.driver" not in broken:
            opened, path = place.open(task.driver), f"{task.path}.config"
            checked = opened.check(task.config, path)
            problems.extend(checked.problems)
            provider = partial(_provider, task.driver, place)
            notes.extend(opened.remarks(task.config, path, provider))
            notes.extend(f"{path}: checked again once interpolated" for path in checked.deferred)
            problems.extend(_task_problems(task, job, place))
    return problems, notes


def all_wrong(flawed: FlawedJobError, place: Workplace) -> list[Problem]:
    """Add to the mistakes of a job those that its drivers find in it."""
    more, _ = check_text(flawed.job, place)
    known = {problem.path for problem in flawed.problems}
    broken = [found[0] for path in known if (found := _JUDGED_WHOLE.match(path))]
    unread = (*broken, *flawed.unread)
    new = [each for each in more if each.path not in known and not each.path.startswith(unread)]
    return sorted([*_revealed(flawed, place), *new], key=by_place)


def _revealed(flawed: FlawedJobError, place: Workplace) -> Iterator[Problem]:
    """Let the lines of a config be shown whole where its driver has no secrets."""
    drivers = {f"{task.path}.config": task.driver for task in tasks_of(flawed.job)}
    for problem in flawed.problems:
        name = next((drivers[path] for path in drivers if problem.path.startswith(path)), "")
        opened = place.opened(name) if name else None
        yield from revealed([problem], opened.driver.task_settings) if opened else [problem]


def _provider(driver: str, place: Workplace) -> str:
    return place.catalog.find(driver).provider


def tasks_of(job: Job) -> list[JobTask]:
    """List the job's tasks in the file's order."""
    return [task for group in job.groups for task in group.tasks]


def _driver_problems(task: JobTask, place: Workplace) -> Iterator[Problem]:
    if not task.driver:
        return
    try:
        place.open(task.driver)
    except DriverError:
        raise
    except MistakeError as error:
        for problem in error.problems:
            where = problem.where or task.driver_where or task.where
            yield Problem(where, problem.path or f"{task.path}.driver", problem.text)


def _task_problems(task: JobTask, job: Job, place: Workplace) -> Iterator[Problem]:
    """Find what the operator does not allow."""
    if user := denied_user(task, place.open(task.driver)) or wrong_user(task):
        yield user
    yield from wrong_kill_signal(task)
    for artifact in task.artifacts:
        yield from problems_before(artifact, job, place)


def _named_drivers(job: Job, place: Workplace) -> list[str]:
    """Name the job's own drivers and those installed ones that its texts refer to."""
    from ostler.node import drivers_in

    texts = [text for each in constraints_of(job) for text in (each.attribute, each.value)]
    texts += [str(part) for task in tasks_of(job) for part in (task.config.value, task.env, task.meta)]
    referred = drivers_in(*texts) & set(place.catalog.names)
    usable = [name for name in sorted(referred) if not place.catalog.refusal(name)]
    return [*(task.driver for task in tasks_of(job)), *usable]


def constraints_of(job: Job) -> list[Constraint]:
    """List all constraints, the job's, its groups' and its tasks', in that order."""
    groups = [each for group in job.groups for each in group.constraints]
    tasks = [each for task in tasks_of(job) for each in task.constraints]
    return [*job.constraints, *groups, *tasks]


def _refuse_unfit(job: Job, place: Workplace) -> list[str]:
    """Refuse what this machine can't run: unhealthy drivers, unmet constraints."""
    from ostler.node import judge

    verdict = judge(constraints_of(job), place.node)
    problems = [
        problem for group in job.groups for task in group.tasks for problem in _unfit(task, group, job, place)
    ]
    problems.extend(verdict.problems)
    if problems:
        raise MistakeError(sorted(problems, key=by_place))
    return list(verdict.notes)


def _unfit(task: JobTask, group: Group, job: Job, place: Workplace) -> Iterator[Problem]:
    if fault := place.faults.get(task.driver):
        raise DriverError(fault)
    found = place.fingerprints[task.driver]
    if found.health is not Health.HEALTHY:
        said = "; ".join(part for part in (found.reason, found.remedy) if part)
        text = f"driver {task.driver!r} is {found.health} here: {said}"
        yield Problem(task.driver_where or task.where, f"{task.path}.driver", text)
        return
    if wrong := unresolved(task, group, job, place):
        yield from wrong
        return
    opened, path = place.open(task.driver), f"{task.path}.config"
    if not opened.check(task.config, path).deferred:
        config = opened.threads.call(opened.reading(task.config, path), opened.deadlines.answer_seconds)
        for artifact, _ in asked_by_driver(config, task):
            yield from problems_before(artifact, job, place)
        yield from rehearsed(task, group, job, config, place)
        try:
            unheld_limits(task, config, opened, place)
        except MistakeError as error:
            yield from error.problems
