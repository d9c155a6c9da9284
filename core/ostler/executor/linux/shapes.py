"""Programs that are kept: plans of one shape differ only in the paths that they open."""

from __future__ import annotations

import marshal

from ostler.executor.linux import facts
from ostler.executor.linux.holes import hole
from ostler.executor.linux.lower import lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ostler.executor.linux.program import Program

_HOLES = {"bind": "source", "open_group": "path", "open_input": "path", "open_output": "path"}
_MOST_KEPT = 64


class Shapes:
    """The programs of the shapes that came last, each as ``made`` makes it of one that has so many holes."""

    def __init__(self, made: Callable[[Program, int], Any]) -> None:
        self._made = made
        self._kept: dict[bytes, Any] = {}

    def find(self, order: Mapping[str, Any], *, into_cgroup: bool = False) -> tuple[Any, list[str]]:
        """Give what was made of the program of a plan, and the values that go into its holes."""
        steps, values = _split(order["build"])
        passed = list(order.get("passed", ()))
        shape = marshal.dumps([steps, order["enter"], passed, into_cgroup])
        found = self._kept.get(shape)
        if found is None:
            program = lower({**order, "build": steps}, facts.read(), into_cgroup=into_cgroup)
            found = self._kept[shape] = self._made(program, len(values))
            if len(self._kept) > _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
        return found, values


def _split(steps: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Put holes where the paths are, and give these apart."""
    shaped: list[dict[str, Any]] = []
    values: list[str] = []
    for step in steps:
        name = _HOLES.get(step["do"])
        if name is None:
            shaped.append(step)
        else:
            shaped.append({**step, name: hole(len(values))})
            values.append(step[name])
    return shaped, values
