"""Job specifications: read, checked, and turned into the values that run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.jobs.inputs.values import Inputs
    from ostler.jobs.loading import (
        FlawedJobError,
        content,
        directory_of,
        filename,
        from_api,
        load,
        loads,
        read_api,
    )
    from ostler.jobs.values import Constraint, Group, Job, JobArtifact, JobTask, Loaded, Logs, Restart

__all__ = [
    "Constraint",
    "FlawedJobError",
    "Group",
    "Inputs",
    "Job",
    "JobArtifact",
    "JobTask",
    "Loaded",
    "Logs",
    "Restart",
    "content",
    "directory_of",
    "filename",
    "from_api",
    "load",
    "loads",
    "read_api",
]

_LOADING = ("FlawedJobError", "content", "directory_of", "filename", "from_api", "load", "loads", "read_api")

__getattr__ = exporter(
    __name__,
    {
        **dict.fromkeys(__all__, "ostler.jobs.values"),
        "Inputs": "ostler.jobs.inputs.values",
        **dict.fromkeys(_LOADING, "ostler.jobs.loading"),
    },
)
