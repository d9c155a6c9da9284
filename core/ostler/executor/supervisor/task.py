"""One task as a supervisor holds it."""

from __future__ import annotations

import os
import time

from ostler.executor.supervisor.folded import unfold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from ostler.executor.supervisor.records import Record

    class Listener(Protocol):
        """Who hears of an end."""

        def send(self, message: dict[str, Any]) -> None:
            """Take the message."""


LAUNCHING, RUNNING, ENDED = "launching", "running", "ended"
# What commands that are run inside the task need of an order, and which steps of its building.
_ENTRY = ("tier", "enter", "env", "cwd", "user")
_KEPT = ("shape", "paths", "build", *_ENTRY)
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
        """Whether it has begun, and has not ended as far as anybody knows."""
        return bool(self.record["state"] == RUNNING) and not self.clearing

    @property
    def ended(self) -> bool:
        """Whether the end is known."""
        return bool(self.record["state"] == ENDED)

    def tell(self) -> None:
        """Tell everyone who listens how it ended."""
        for listener in list(self.listeners):
            listener.send({"end": self.id, "exit": self.record["exit"]})

    def release(self) -> None:
        """Call back who waits until it is gone, or its launch has come to nothing."""
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()

    def view(self) -> dict[str, Any]:
        """Give what an embedder learns of it."""
        return {key: self.record.get(key) for key in ("id", "state", "exit", "process")}


def new_record(name: str, order: Mapping[str, Any], boot_id: str) -> Record:
    """Give the record of a task that is about to be launched."""
    timeout = order.get("timeout_seconds")
    return {
        "id": name,
        "key": os.urandom(8).hex(),
        "state": LAUNCHING,
        "boot_id": boot_id,
        "cgroups": order.get("cgroups", {}),
        "pid_namespace": "pid" in order.get("namespaces", ()),
        "watch": order.get("watch", {}),
        "meter": order.get("meter", {}),
        "reserved": order.get("reserved", ""),
        "logs": order.get("logs", []),
        **({"inside": order["inside"]} if order.get("inside") else {}),
        "timeout_seconds": timeout,
        "deadline": None if timeout is None else time.monotonic() + timeout,
    }


def kept(order: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is kept of a task's order for commands that are run inside it."""
    return {key: order[key] for key in _KEPT if key in order}


def entry(order: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Give what a command that is run inside a task needs of what was kept of the task's order, if it was."""
    if order is None:
        return None
    whole = unfold(order)
    again = [step for step in whole["build"] if step["do"] in _AGAIN]
    return {**{key: whole[key] for key in _ENTRY if key in whole}, "build": again}
