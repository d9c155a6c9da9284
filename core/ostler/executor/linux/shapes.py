"""Programs that are kept: plans of one shape differ only in the paths that they open."""

from __future__ import annotations

from ostler.executor.linux import facts
from ostler.executor.linux.holes import hole
from ostler.executor.linux.lower import lower
from ostler.executor.supervisor.folded import filled, fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ostler.executor.linux.program import Program

_MOST_KEPT = 64


class Shapes:
    """The programs of the shapes that came last, each as ``made`` makes it of one that has so many holes."""

    def __init__(self, made: Callable[[Program, int], Any]) -> None:
        self._made = made
        self._kept: dict[tuple[object, ...], Any] = {}

    def find(self, order: Mapping[str, Any], *, into_cgroup: bool = False) -> tuple[Any, list[str]]:
        """Give what was made of the program of a plan, and the paths that go into its holes."""
        order = fold(order)
        paths = order["paths"]
        shape = (order["shape"], len(paths), *order.get("passed", ()), into_cgroup)
        found = self._kept.get(shape)
        if found is None:
            build, enter = filled(order["shape"], [hole(index) for index in range(len(paths))])
            program = lower({**order, "build": build, "enter": enter}, facts.read(), into_cgroup=into_cgroup)
            found = self._kept[shape] = self._made(program, len(paths))
            if len(self._kept) > _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
        return found, paths
