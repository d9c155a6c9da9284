"""Job specifications: read, checked, and turned into the values that run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.jobs.loading import (
        FlawedJobError,
        content,
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
    "Job",
    "JobArtifact",
    "JobTask",
    "Loaded",
    "Logs",
    "Restart",
    "content",
    "filename",
    "from_api",
    "load",
    "loads",
    "read_api",
]

__getattr__ = exporter(
    __name__,
    {
        **dict.fromkeys(__all__, "ostler.jobs.values"),
        **dict.fromkeys(
            ("FlawedJobError", "content", "filename", "from_api", "load", "loads", "read_api"),
            "ostler.jobs.loading",
        ),
    },
)
