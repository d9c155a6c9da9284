"""The processors that this embedder reserved for tasks which it is about to start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.errors import RecoverableError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable


class Reservations:
    """Ask the supervisor, which knows what running tasks have; ``parent`` names the cgroup of the cpusets."""

    def __init__(self, ask: Callable[..., Any], parent: Callable[[], str]) -> None:
        self._ask = ask
        self._parent = parent
        self._cores: dict[str, str] = {}

    def reserve(self, name: str, count: int) -> str:
        """Reserve for a task; RefusedError where that can never be, RecoverableError where it may later."""
        parent = self._parent()
        if not parent:
            msg = f"{count} cores are asked for, and none can be reserved here: no cpuset cgroup can be made"
            raise RefusedError(msg)
        answer = self._ask("reserve", id=name, count=count, parent=parent)
        if "wrong" in answer:
            raise RefusedError(answer["wrong"])
        not_busy(answer)
        self._cores[name] = answer["cores"]
        return self._cores[name]

    def take(self, name: str) -> str:
        """Hand what was reserved over to the start of the task."""
        return self._cores.pop(name, "")

    def give_back(self, name: str) -> None:
        """Let others have what was reserved for a task that doesn't start."""
        if self.take(name):
            self._ask("reserve", id=name, count=0, parent="")


def not_busy(answer: dict[str, Any]) -> None:
    """Raise RecoverableError for an answer which says that others have what is asked for."""
    if "busy" in answer:
        raise RecoverableError(answer["busy"])
