"""Where an expression is evaluated: its source text, and what the names in it mean."""

from __future__ import annotations

from ostler.hcl.conversion import ConversionError, convert
from ostler.hcl.spelling import suggestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any, Final, NoReturn

    from ostler.hcl.position import Source
    from ostler.hcl.scope import Scope
    from ostler.hcl.syntax import Node
    from ostler.hcl.types import Type

_GUESS_STEPS: Final = 500


class EvaluationError(Exception):
    """An expression has no value; without a message, the reason has been told already."""

    def __init__(self, source: Source, node: Node, message: str) -> None:
        super().__init__(message)
        self.source = source
        self.start = node.start
        self.end = node.end
        self.message = message


class Frame:
    """What the parts of the evaluator know and call."""

    __slots__ = ("scope", "source")

    def __init__(self, source: Source, scope: Scope) -> None:
        self.source = source
        self.scope = scope

    def evaluate(self, node: Node) -> Any:  # noqa: ANN401 - data of any type
        """Give the value of an expression; EvaluationError when it has none."""
        raise NotImplementedError

    def text(self, text: str, node: Node) -> Any:  # noqa: ANN401 - data of any type
        """Evaluate a text that JSON holds: a template in a source of its own."""
        raise NotImplementedError

    def within(self, names: Mapping[str, object]) -> Frame:
        """Give the frame of the inside of a loop."""
        return type(self)(self.source, self.scope.within(names))

    def written(self, node: Node) -> str:
        """Give the source text of an expression."""
        return self.source.text[node.start : node.end]

    def fail(self, node: Node, message: str) -> NoReturn:
        """Say what is wrong with an expression."""
        raise EvaluationError(self.source, node, message)

    def suggestion(self, name: str, known: Collection[str]) -> str:
        """Give ``; did you mean 'x'?``, or nothing; guessing takes as long as many steps, and counts so."""
        self.scope.environment.step(_GUESS_STEPS)
        return suggestion(name, known)

    def converted(self, node: Node, kind: Type, what: str) -> Any:  # noqa: ANN401 - data of any type
        """Evaluate an expression that has to be of a type and not null; ``what`` names it in an error."""
        datum = self.evaluate(node)
        if datum is None:
            self.fail(node, f"{what} is null")
        try:
            return convert(datum, kind)
        except ConversionError as error:
            self.fail(node, f"{what}: {error}")
