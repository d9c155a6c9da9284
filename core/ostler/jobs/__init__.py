"""Job specifications: read, checked, and turned into the values that run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.jobs.loading import content, from_api, load, loads, read_api
    from ostler.jobs.values import Constraint, Group, Job, JobArtifact, JobTask, Loaded, Logs, Restart

__all__ = [
    "Constraint",
    "Group",
    "Job",
    "JobArtifact",
    "JobTask",
    "Loaded",
    "Logs",
    "Restart",
    "content",
    "from_api",
    "load",
    "loads",
    "read_api",
]

__getattr__ = exporter(
    __name__,
    {name: "ostler.jobs.loading" if name[0].islower() else "ostler.jobs.values" for name in __all__},
)
