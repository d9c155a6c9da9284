"""An executor that plans what it is asked to start, and starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.errors import RefusedError
from ostler.executor.executor import Executor

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

    from ostler.executor.streams.feeding import Input
    from ostler.executor.values import Command


class Planner(Executor):
    """Keep the plan of every command that is to be started, in ``plans``, and refuse the start."""

    def __init__(self, directory: str | Path) -> None:
        super().__init__(directory)
        self.plans: list[dict[str, Any]] = []

    def start(self, command: Command, *, stdin: Input | None = None) -> NoReturn:
        """Plan the command; always raises RefusedError."""
        written = self._orders.write(command, self._directory, () if stdin is None else (0,))
        self.plans.append(written.content)
        msg = "it was planned, and is not started"
        raise RefusedError(msg)
