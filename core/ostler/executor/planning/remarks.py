"""What is otherwise than a command asked for, and yet no reason to refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.executor.planning import rlimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.executor.host.survey import Survey
    from ostler.executor.values import Command


def of(command: Command, survey: Survey) -> Iterator[str]:
    """Say all of it, a sentence each."""
    yield from rlimits.remarks(command.limits, survey.ceilings)
    least = survey.least_oom_score_adj
    if 0 < command.oom_score_adj < least:
        yield (
            f"oom_score_adj stays at {least}, which the supervisor has: {command.oom_score_adj} would be "
            "lower, and lowering it takes CAP_SYS_RESOURCE"
        )
    if survey.joined:
        where = ", ".join(sorted(set(survey.joined.values())))
        yield (
            f"it runs in {where}, as it asks for: memory and pids are measured, and of cpu, cores and "
            "memory_max nothing holds but what is set there"
        )
