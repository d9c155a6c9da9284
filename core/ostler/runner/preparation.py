"""Make ready what one attempt of a task needs: directories, environment, artifacts and configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from ostler.drivers.limits import asked, unheld, unheld_in_words
from ostler.drivers.values import Task
from ostler.errors import MistakeError
from ostler.jobs import Group, Job, JobTask
from ostler.runner.users import owner_of
from ostler.tasks import TaskFacts, build_task, environment, evaluate_config, inherit, keeps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.drivers.settings import Located
    from ostler.drivers.values import Directories
    from ostler.runner.open_driver import OpenDriver
    from ostler.runner.reading import Streams
    from ostler.runner.workplace import Workplace


@frozen(kw_only=True)
class Assignment:
    """One task of one allocation: what is to be run, and where."""

    job: Job
    group: Group
    task: JobTask
    allocation_id: str
    index: int
    directory: Path

    @property
    def name(self) -> str:
        """The task's name with its allocation's id before it."""
        return f"{self.allocation_id}/{self.task.name}"

    @property
    def logs(self) -> Path:
        """The directory of its allocation's logs."""
        return self.directory / "alloc" / "logs"

    @property
    def label(self) -> str:
        """The task's name, with the group or the index where it is not the only one of that name."""
        return label(self.job, self.group, self.task, self.index)

    @property
    def where(self) -> str:
        """The task's place in its job file, or its path."""
        return self.task.where or self.task.path


def label(job: Job, group: Group, task: JobTask, index: int) -> str:
    """Name a task of a job's, with the group or the index where it is not the only one of that name."""
    groups = [each for each in job.groups if any(other.name == task.name for other in each.tasks)]
    name = f"{group.name}/{task.name}" if len(groups) > 1 else task.name
    return f"{name}[{index}]" if group.count > 1 else name


def build(assignment: Assignment, place: Workplace) -> Directories:
    """Make the task's directories; its secrets belong to the user that the job names."""
    return build_task(
        assignment.directory,
        assignment.task.name,
        filesystem=place.filesystem(assignment.task.driver),
        owner=owner_of(assignment.task.user),
    )


def variables(assignment: Assignment, place: Workplace, directories: Directories) -> dict[str, str]:
    """Put the task's environment together."""
    task, job = assignment.task, assignment.job
    filesystem = place.filesystem(task.driver)
    client = place.config.client
    facts = TaskFacts(
        allocation_id=assignment.allocation_id,
        task_name=task.name,
        group_name=assignment.group.name,
        job_id=job.id,
        job_name=job.name,
        directories=directories,
        filesystem=filesystem,
        allocation_index=assignment.index,
        datacenter=place.node.datacenter,
        region=place.node.region,
        resources=task.resources,
        meta={**job.meta, **assignment.group.meta, **task.meta},
    )
    inherited = inherit(place.environment, keeps(filesystem, denied=client.env_denylist))
    return environment(
        facts, env=task.env, inherited=inherited, node=place.node.variables(), path=f"{task.path}.env"
    )


def interpolated(assignment: Assignment, place: Workplace, env: Mapping[str, str]) -> Located:
    """Interpolate the task's config; MistakeError if that can't be done."""
    task = assignment.task
    path = f"{task.path}.config"
    return evaluate_config(task.config, variables=place.node.variables(), environment=env, path=path)


def attempt(
    assignment: Assignment,
    opened: OpenDriver,
    directories: Directories,
    env: Mapping[str, str],
    streams: Streams,
    config: object,
) -> Task:
    """Put together what a driver is given for one attempt."""
    task = assignment.task
    return Task(
        id=f"{assignment.allocation_id}/{task.name}/{os.urandom(4).hex()}",
        name=task.name,
        allocation_id=assignment.allocation_id,
        job_id=assignment.job.id,
        group_name=assignment.group.name,
        config=config,
        environment=env,
        directories=directories,
        resources=task.resources,
        user=task.user,
        stdout_path=streams.output.path("stdout"),
        stderr_path=streams.output.path("stderr"),
        limits_best_effort=opened.best_effort,
        stdin_path=streams.reading.path,
    )


def unheld_limits(task: JobTask, config: object, opened: OpenDriver, place: Workplace) -> str:
    """Say which limits the job asks for and nothing holds here; MistakeError unless best effort will do."""
    name = opened.driver.name
    found = place.fingerprints[name]
    support = found.limits if found.limits is not None else opened.driver.capabilities.limits
    missing = unheld(asked(task.resources, config), support)
    if not missing:
        return ""
    said = unheld_in_words(missing)
    text = f"driver {name!r} can't hold all the limits that the job asks for: here {said}"
    if opened.best_effort:
        return text
    never = {limit for limit, _ in unheld((limit for limit, _ in missing), opened.driver.capabilities.limits)}
    mendable = found.remedy and not never
    remedy = f"{found.remedy}, or" if mendable else "leave them out, or"
    text += f'; {remedy} write limits = "best_effort" in plugin "{name}" {{ config {{ }} }}'
    raise MistakeError.single(text, where=task.where, path=task.path)
