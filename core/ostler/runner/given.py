"""Which task of a job is given what there is to read."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from ostler.errors import MistakeError
from ostler.runner.preparation import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.executor.streams.feeding import Input
    from ostler.jobs import Job
    from ostler.runner.workplace import Workplace


class Given(NamedTuple):
    """What is read, and by the task of which label."""

    source: Input
    label: str


def given(source: Input | None, reader: str, job: Job, place: Workplace) -> Given | None:
    """Find out which task of the job reads ``source``; MistakeError where that isn't clear, or none can."""
    if source is None:
        return None
    labels = dict(_labels(job))
    if not reader and len(labels) > 1:
        text = f"the job has {len(labels)} tasks ({', '.join(labels)}); name the one that reads it"
        raise MistakeError.single(text, path="stdin")
    chosen = reader or next(iter(labels), "")
    if chosen not in labels:
        text = f"no task is called {chosen!r}; the job has {', '.join(labels)}"
        raise MistakeError.single(text, path="stdin")
    driver = place.open(labels[chosen]).driver
    if not driver.capabilities.stdin:
        text = f"task {chosen!r}: the tasks of driver {driver.name!r} read nothing"
        raise MistakeError.single(text, path="stdin")
    _refuse_directory(source)
    return Given(source, chosen)


def _labels(job: Job) -> Iterator[tuple[str, str]]:
    """Give the label of every task of every allocation, and its driver."""
    for group in job.groups:
        for index in range(group.count):
            for task in group.tasks:
                yield label(job, group, task, index), task.driver


def _refuse_directory(source: Input) -> None:
    from ostler.executor.streams.feeding import descriptor_of

    descriptor = None if isinstance(source, bytes) else descriptor_of(source)
    if descriptor is not None and stat.S_ISDIR(os.fstat(descriptor).st_mode):
        text = "expected something to read, found a directory"
        raise MistakeError.single(text, path="stdin")
