"""An expression that was read but not evaluated."""

from __future__ import annotations

from ostler.hcl.environment import LimitError
from ostler.hcl.position import Diagnostic, HclError, Range
from ostler.hcl.records import Record
from ostler.hcl.syntax import JsonTemplate, Literal, Name, Tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ostler.hcl.datum import Datum
    from ostler.hcl.evaluation import Evaluation
    from ostler.hcl.position import Source
    from ostler.hcl.scope import Scope
    from ostler.hcl.syntax import Node
    from ostler.hcl.types import Type
    from ostler.hcl.values import Value


class Reference(Record):
    """A name that an expression uses, ``root.name``; ``name`` is None for the whole root."""

    __slots__ = ("name", "range", "root")

    def __init__(self, root: str, name: str | None, range: Range) -> None:  # noqa: A002 - the word of the field
        self.root = root
        self.name = name
        self.range = range


class Expression:
    """An expression in its text; ``scope`` is the one of the body it stands in."""

    __slots__ = ("json", "node", "scope", "source")

    def __init__(self, source: Source, node: Node, scope: Scope, *, json: bool = False) -> None:
        self.source = source
        self.node = node
        self.scope = scope
        self.json = json

    @property
    def range(self) -> Range:
        """Where the expression stands."""
        return self.source.range(self.node.start, self.node.end)

    @property
    def text(self) -> str:
        """The expression as it is written."""
        return self.source.text[self.node.start : self.node.end]

    def evaluate(self, scope: Scope | None = None) -> Datum:
        """Give the data that the expression has in a scope; HclError when it has none.

        The error is empty when only something `BROKEN`, or a limit told before, is to blame.
        """
        from ostler.hcl.evaluation import Evaluation

        frame = Evaluation(self.source, scope or self.scope)
        found: Datum = self._guarded(lambda: frame.evaluate(self.node))
        return found

    def value(self, scope: Scope | None = None) -> Value:
        """Give the value of the expression with the places of all within it; HclError as `evaluate`."""
        from ostler.hcl.evaluation import Placing

        problems: list[Diagnostic] = []
        value = Placing(self.source, problems, scope or self.scope).value(self.node)
        if problems:
            raise HclError(problems)
        return value

    def type(self) -> Type:
        """Give the type that a type expression means; HclError when it means none.

        ``any`` is a type here, also within others; see `ostler.hcl.types.is_exact`.
        """
        from ostler.hcl.type_expressions import read_type

        return self._guarded(lambda: read_type(*self._inner()))  # type: ignore[no-any-return]

    def keyword(self) -> str | None:
        """Give the bare name that the expression is, or None when it is anything else."""
        _, node = self._guarded(self._inner)
        return node.name if isinstance(node, Name) else None

    def items(self) -> list[Expression] | None:
        """Give the expressions in ``[a, b]``, or None when it is anything else."""
        if not isinstance(self.node, Tuple):
            return None
        return [Expression(self.source, node, self.scope, json=self.json) for node in self.node.items]

    def references(self, roots: Sequence[str] = ("var", "local")) -> list[Reference]:
        """List the names under ``roots`` that the expression uses, in the order of the text."""
        from ostler.hcl.walking import references

        return [Reference(*found) for found in references(self.source, self.node, frozenset(roots))]

    def _inner(self) -> tuple[Evaluation, Node]:
        """Give the expression itself; a string of JSON holds it where none is evaluated."""
        from ostler.hcl.evaluation import Evaluation
        from ostler.hcl.structure import Structure

        node = self.node
        text = (
            node.text if isinstance(node, JsonTemplate) else node.value if isinstance(node, Literal) else None
        )
        if not self.json or not isinstance(text, str):
            return Evaluation(self.source, self.scope), node
        source = self.source.quoted(text, node.start, node.end)
        return Evaluation(source, self.scope), Structure(source).whole()

    def _guarded(self, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - what ``read`` gives
        from ostler.hcl.cursor import BrokenTextError
        from ostler.hcl.frame import EvaluationError

        try:
            return read()
        except EvaluationError as error:
            place = error.source.range(error.start, error.end)
            found = [Diagnostic(place, error.message)] if error.message else []
        except (LimitError, BrokenTextError) as error:
            found = [Diagnostic(self.range, str(error))] if str(error) else []
        except RecursionError:
            found = [Diagnostic(self.range, "nested too deep for the stack that is left")]
        raise HclError(found) from None
