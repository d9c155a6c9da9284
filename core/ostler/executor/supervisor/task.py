"""One task as a supervisor holds it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from ostler.executor.supervisor.records import Record

    class Listener(Protocol):
        """Who hears of an end."""

        def send(self, message: dict[str, Any]) -> None:
            """Take the message."""


LAUNCHING, RUNNING, ENDED = "launching", "running", "ended"
# What is kept of an order for commands that are run inside the task, and which steps of its building.
_ENTRY = ("tier", "enter", "env", "cwd", "user")
_AGAIN = frozenset({"open_group"})


class Task:
    """One task as the supervisor holds it: its record, who listens, and who waits for its end."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.listeners: set[Listener] = set()
        self.waiting: list[Callable[[], None]] = []
        self.clearing = False  # it has ended, or is about to, and what is left of it is being removed

    @property
    def id(self) -> str:
        """The task's id."""
        return str(self.record["id"])

    @property
    def inside(self) -> str:
        """The id of the task that this is a command inside of; empty for a task."""
        return str(self.record.get("inside", ""))

    @property
    def runs(self) -> bool:
        """Whether it has begun, and its end is not known."""
        return bool(self.record["state"] == RUNNING)

    @property
    def ended(self) -> bool:
        """Whether the end is known."""
        return bool(self.record["state"] == ENDED)

    def view(self) -> dict[str, Any]:
        """Give what an embedder learns of it."""
        return {key: self.record.get(key) for key in ("id", "state", "exit", "process")}


def entry(order: dict[str, Any]) -> dict[str, Any]:
    """Give what of a task's order a command that is run inside it needs."""
    again = [step for step in order["build"] if step["do"] in _AGAIN]
    return {"build": again, **{key: order[key] for key in _ENTRY if key in order}}
