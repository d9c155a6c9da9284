"""One task on disk: its directories, its environment, and what is written into its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.tasks.directories import build_allocation, build_task
    from ostler.tasks.evaluation import evaluate_config
    from ostler.tasks.inheritance import DENIED, inherit, keeps
    from ostler.tasks.interpolation import interpolate
    from ostler.tasks.removal import remove
    from ostler.tasks.variables import TaskFacts, environment

__all__ = [
    "DENIED",
    "TaskFacts",
    "build_allocation",
    "build_task",
    "environment",
    "evaluate_config",
    "inherit",
    "interpolate",
    "keeps",
    "remove",
]

__getattr__ = exporter(
    __name__,
    {
        "DENIED": "ostler.tasks.inheritance",
        "TaskFacts": "ostler.tasks.variables",
        "build_allocation": "ostler.tasks.directories",
        "build_task": "ostler.tasks.directories",
        "environment": "ostler.tasks.variables",
        "evaluate_config": "ostler.tasks.evaluation",
        "inherit": "ostler.tasks.inheritance",
        "interpolate": "ostler.tasks.interpolation",
        "keeps": "ostler.tasks.inheritance",
        "remove": "ostler.tasks.removal",
    },
)
