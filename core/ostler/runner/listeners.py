"""Who is told what happens while a job runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ostler.runner.events import Event
    from ostler.runner.preparation import Assignment


class Listeners(NamedTuple):
    """Who is told: ``event`` of each event, ``output`` (None: nobody) of each chunk of a task's output."""

    event: Callable[[Event], None]
    output: Callable[[Assignment, str, bytes], Awaitable[None]] | None = None
