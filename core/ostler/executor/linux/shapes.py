"""Programs that are kept: plans of one shape differ only in the paths that they open."""

from __future__ import annotations

import marshal

from ostler.executor.linux import facts
from ostler.executor.linux.lower import lower
from ostler.executor.linux.pack import Packed, hole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_HOLES = {"bind": "source", "open_group": "path", "open_input": "path", "open_output": "path"}
_MOST_KEPT = 64


class Shapes:
    """The programs of the shapes that came last."""

    def __init__(self) -> None:
        self._kept: dict[bytes, Packed] = {}

    def pack(self, order: Mapping[str, Any], *, into_cgroup: bool) -> tuple[Packed, list[str]]:
        """Give the program of a plan, and the values that go into its holes."""
        steps, values = _split(order["build"])
        passed = list(order.get("passed", ()))
        shape = marshal.dumps([steps, order["enter"], passed, into_cgroup])
        packed = self._kept.get(shape)
        if packed is None:
            program = lower({**order, "build": steps}, facts.read(), into_cgroup=into_cgroup)
            packed = self._kept[shape] = Packed(program, len(values))
            if len(self._kept) > _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
        return packed, values


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
