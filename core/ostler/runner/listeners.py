"""Who is told what happens while a job runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

from ostler.runner.events import Event
from ostler.runner.preparation import Assignment


@frozen
class Listeners:
    """Who is told: ``event`` of each event, ``output`` (None: nobody) of each chunk of a task's output."""

    event: Callable[[Event], None]
    output: Callable[[Assignment, str, bytes], Awaitable[None]] | None = None
