"""The local values of a job file, ``locals { name = expression }``, which may refer to each other."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ostler.errors import Problem
from ostler.hcl import BROKEN, HclError
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ostler.hcl import Attribute, Block, Expression, Scope

_MOST_CIRCLES: Final = 10
_LONGEST: Final = 10


class LocalValues:
    """Reads local values and evaluates them in an order that serves; what is wrong is in ``problems``."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.problems: list[Problem] = []
        self._expressions: dict[str, Expression] = {}
        self._places: dict[str, Place] = {}
        self._unsafe: set[str] = set()
        for block in blocks:
            if block.type == "locals":
                self._read(block)

    def evaluate(self, scope: Scope, found: dict[str, Any]) -> None:
        """Put the data of every local value into ``found``, which is what the scope knows as ``local``."""
        needs = {name: self._needs(each) for name, each in self._expressions.items()}
        ordered = _ordered(needs)
        left = {name: each for name, each in needs.items() if name not in ordered}
        self._refuse_circles(left)
        found |= dict.fromkeys([*left, *self._unsafe], BROKEN)
        for name in ordered:
            if name not in found:
                found[name] = self._value(name, scope)

    def _read(self, block: Block) -> None:
        try:
            attributes = block.body.expressions()
        except HclError as error:
            self._note(error, "locals")
            return
        for inner in block.body.blocks():
            text = f"expected NAME = VALUE, found the block '{inner.type}'"
            self.problems.append(Problem(Place.of(inner.type_range), "locals", text))
        for name, attribute in attributes.items():
            self._take(name, attribute)

    def _take(self, name: str, attribute: Attribute) -> None:
        place = Place.of(attribute.name_range)
        if name in self._places:
            text = f"the local value '{name}' is set twice; first at {self._places[name]}"
            self.problems.append(Problem(place, f"local.{name}", text))
        elif attribute.expression is not None:
            self._places[name] = place
            self._expressions[name] = attribute.expression

    def _needs(self, expression: Expression) -> set[str]:
        """Name the local values that one refers to."""
        needed: set[str] = set()
        for reference in expression.references(("local",)):
            if reference.name is None:
                text = "a local value can't refer to all of them; name one, as in local.name"
                self.problems.append(Problem(Place.of(reference.range), "locals", text))
                self._unsafe.update(self._expressions)
            elif reference.name in self._expressions:
                needed.add(reference.name)
        return needed

    def _value(self, name: str, scope: Scope) -> Any:  # noqa: ANN401 - data of any type
        try:
            return self._expressions[name].evaluate(scope)
        except HclError as error:
            self._note(error, f"local.{name}")
            return BROKEN

    def _refuse_circles(self, left: dict[str, set[str]]) -> None:
        """Tell of the circles among what can't be put in an order, the first few of them."""
        for circle in islice(_circles(left), _MOST_CIRCLES):
            steps = [f"local.{name}" for name in circle[:_LONGEST]]
            steps += ["..."] if len(circle) > _LONGEST else []
            shown = " -> ".join([*steps, steps[0]])
            text = f"the local values refer to each other in a circle: {shown}"
            self.problems.append(Problem(self._places[circle[0]], f"local.{circle[0]}", text))

    def _note(self, error: HclError, path: str) -> None:
        self.problems += [Problem(Place.of(each.range), path, each.message) for each in error.diagnostics]


def _ordered(needs: Mapping[str, set[str]]) -> dict[str, None]:
    """Put what is needed before what needs it; what a circle keeps from that is left out."""
    waiting = {name: len(each) for name, each in needs.items()}
    needing: dict[str, list[str]] = {name: [] for name in needs}
    for name, each in needs.items():
        for needed in each:
            needing[needed].append(name)
    ordered: dict[str, None] = dict.fromkeys(name for name, count in waiting.items() if not count)
    ready = list(ordered)
    while ready:
        for name in needing[ready.pop()]:
            waiting[name] -= 1
            if not waiting[name]:
                ordered[name] = None
                ready.append(name)
    return ordered


def _circles(left: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Find circles in what no order serves: each name in one needs the next, and the last the first.

    Each name here needs another one here, so that whoever goes from need to need comes into a circle.
    """
    done: set[str] = set()
    for start in left:
        way: dict[str, None] = {}
        name = start
        while name not in done and name not in way:
            way[name] = None
            name = min(each for each in left[name] if each in left)
        if name in way:
            names = list(way)
            yield names[names.index(name) :]
        done.update(way)
