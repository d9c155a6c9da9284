"""The job as it is handed to a client: in a file, as a text, or as values."""

from __future__ import annotations

from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ostler.errors import MistakeError, OstlerError, Problem
from ostler.jobs import FlawedJobError, Job, Loaded, load, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ostler.jobs import Inputs
    from ostler.runner.workplace import Workplace


def loaded(
    job: str | Path | BinaryIO | Job | Loaded,
    ignore: Collection[str],
    inputs: Inputs,
    workplace: Callable[[], Workplace],
) -> Loaded:
    """Load what was handed in, a path, an open file, a text or values; MistakeError for anything else.

    A job with mistakes is shown to its drivers too, so that all are told at once.
    """
    try:
        return _loaded(job, ignore, inputs)
    except FlawedJobError as error:
        raise MistakeError(_all_wrong(error, workplace)) from None


def _all_wrong(flawed: FlawedJobError, workplace: Callable[[], Workplace]) -> list[Problem]:
    from ostler.runner.checks import all_wrong

    try:
        return all_wrong(flawed, workplace())
    except OstlerError:
        return list(flawed.problems)


def _loaded(job: str | Path | BinaryIO | Job | Loaded, ignore: Collection[str], inputs: Inputs) -> Loaded:
    if isinstance(job, str) and ("\n" in job or "{" in job):
        return loads(job, filename="<text>", ignore=ignore, inputs=inputs)
    if isinstance(job, str | Path | BufferedIOBase):
        return load(job, ignore=ignore, inputs=inputs)
    if inputs.given and isinstance(job, Job | Loaded):
        text = "variables belong to the text of a job, and this one is a value already"
        raise MistakeError.single(text, path="variables")
    if isinstance(job, Loaded):
        return job
    if not isinstance(job, Job):
        kinds = "a path, an open file, the text of a job file or an ostler.jobs.Job"
        text = f"expected {kinds}, found {type(job).__name__}"
        raise MistakeError.single(text, path="job")
    return Loaded(job=job, notes=())
