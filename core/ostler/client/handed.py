"""The job as it is handed to a client: in a file, as a text, or as values."""

from __future__ import annotations

from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ostler.errors import MistakeError
from ostler.jobs import Job, Loaded, load, loads

if TYPE_CHECKING:
    from collections.abc import Collection


def loaded(job: str | Path | BinaryIO | Job | Loaded, ignore: Collection[str]) -> Loaded:
    """Load what was handed in, a path, an open file, a text or values; MistakeError for anything else."""
    if isinstance(job, Loaded):
        return job
    if isinstance(job, str) and ("\n" in job or "{" in job):
        return loads(job, filename="<text>", ignore=ignore)
    if isinstance(job, str | Path | BufferedIOBase):
        return load(job, ignore=ignore)
    if not isinstance(job, Job):
        kinds = "a path, an open file, the text of a job file or an ostler.jobs.Job"
        text = f"expected {kinds}, found {type(job).__name__}"
        raise MistakeError.single(text, path="job")
    return Loaded(job=job, notes=())
