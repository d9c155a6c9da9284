"""Evaluate expressions.

A reference to what only the client knows (``attr.kernel.name``) stays as source text; so does, with a
diagnostic, an expression that has no value.
"""

from __future__ import annotations

from ostler.hcl import calls, interpolation, loops, operators, syntax, traversals
from ostler.hcl.casting import cast
from ostler.hcl.cursor import MAX_DEPTH, BrokenTextError
from ostler.hcl.datum import Broken, describe_datum, normalized, to_text
from ostler.hcl.environment import LimitError
from ostler.hcl.frame import EvaluationError, Frame
from ostler.hcl.position import Diagnostic
from ostler.hcl.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from ostler.hcl.position import Source
    from ostler.hcl.scope import Scope
    from ostler.hcl.syntax import Constant, Node
    from ostler.hcl.values import Span


class Evaluation(Frame):
    """Evaluates expressions of one source."""

    __slots__ = ()

    def evaluate(self, node: Node) -> Any:  # noqa: ANN401 - data of any type
        """Give the value of an expression; EvaluationError when it has none."""
        if type(node) is syntax.Literal:
            return _literal(node.value)
        self.scope.environment.step()
        return _EVALUATORS[type(node)](self, node)

    def text(self, text: str, node: Node) -> Any:  # noqa: ANN401 - data of any type
        """Evaluate a text that JSON holds: a template in a source of its own."""
        from ostler.hcl.structure import Structure

        source = self.source.quoted(text, node.start, node.end)
        try:
            inner = Structure(source).bare()
        except BrokenTextError as error:
            place = syntax.Node(error.start, error.end)
            raise EvaluationError(source, place, error.message) from None
        return Evaluation(source, self.scope).evaluate(inner)


class Placing:
    """Evaluates expressions of one source into values that know their places.

    What is wrong is collected in ``diagnostics``; what is written as a list or an object is evaluated
    item by item, so that one mistake hides no other.  ``failures`` counts the expressions without a
    value, those included whose reason has been told elsewhere.
    """

    __slots__ = ("_frame", "_looped", "_source", "diagnostics", "failures")

    def __init__(self, source: Source, diagnostics: list[Diagnostic], scope: Scope) -> None:
        self.diagnostics = diagnostics
        self.failures = 0
        self._source = source
        self._frame = Evaluation(source, scope)
        self._looped = scope.looped

    def value(self, node: Node) -> Value:
        """Evaluate an expression; its source text, ``${...}``, is the value of one that fails."""
        if type(node) is syntax.Literal:
            return Value(_literal(node.value), self._source, node.start, node.end)
        if self._looped:
            try:
                self._account(node)
            except LimitError as error:
                return self.refuse(node, str(error))
        if isinstance(node, syntax.Tuple):
            return self._tuple(node)
        if isinstance(node, syntax.Object):
            return self._object(node)
        if isinstance(node, syntax.Paren):
            return self.value(node.inner)
        return self._attempt(node, self._computed)

    def refuse(self, node: Node, message: str) -> Value:
        """Add a problem, unless it has been told, and give the source text in the value's stead."""
        self.failures += 1
        if message:
            self.diagnostics.append(Diagnostic(self._source.range(node.start, node.end), message))
        return Value(f"${{{self._frame.written(node)}}}", self._source, node.start, node.end)

    def _account(self, node: Node) -> None:
        """Account for what a dynamic block makes anew each time."""
        environment = self._frame.scope.environment
        count = len(node.items) if isinstance(node, (syntax.Tuple, syntax.Object)) else 1
        environment.step(count)
        environment.build_elements(count)

    def _attempt(self, node: Node, read: Callable[[Any], Value]) -> Value:
        try:
            return read(node)
        except EvaluationError as error:
            if error.message:
                place = error.source.range(error.start, error.end)
                self.diagnostics.append(Diagnostic(place, error.message))
            return self.refuse(node, "")
        except LimitError as error:
            return self.refuse(node, str(error))
        except RecursionError:
            return self.refuse(node, "nested too deep for the stack that is left")

    def _computed(self, node: Node) -> Value:
        datum = self._frame.evaluate(node)
        if isinstance(datum, (list, dict)):
            return self._lifted(datum, node, MAX_DEPTH)
        return Value(datum, self._source, node.start, node.end)

    def _lifted(self, datum: Any, node: Node, depth: int) -> Value:  # noqa: ANN401 - data of any type
        """Place a computed value, and all within it, where its expression stands."""
        if not depth:
            self._frame.fail(node, f"the value is nested too deep: more than {MAX_DEPTH} levels")
        if isinstance(datum, Broken):
            self._frame.fail(node, "")
        if isinstance(datum, list):
            datum = [self._lifted(item, node, depth - 1) for item in datum]
        elif isinstance(datum, dict):
            datum = {name: self._lifted(item, node, depth - 1) for name, item in datum.items()}
        return Value(datum, self._source, node.start, node.end)

    def _tuple(self, node: syntax.Tuple) -> Value:
        items = [self.value(item) for item in node.items]
        return Value(items, self._source, node.start, node.end)

    def _object(self, node: syntax.Object) -> Value:
        found: dict[str, Value] = {}
        keys: dict[str, Span] = {}
        for key, item in node.items:
            name = self._key(key)
            found[name] = self.value(item)
            keys[name] = (key.start, key.end)
        return Value(found, self._source, node.start, node.end, keys)

    def _key(self, node: Node) -> str:
        if type(node) is syntax.Name:
            return node.name
        read = self._attempt(node, self._placed_key)
        return str(read.data)

    def _placed_key(self, node: Node) -> Value:
        return Value(_key(self._frame, node), self._source, node.start, node.end)


def _literal(value: Constant) -> Constant:
    return normalized(value) if isinstance(value, str) else value


def _paren(frame: Frame, node: syntax.Paren) -> object:
    return frame.evaluate(node.inner)


def _tuple(frame: Frame, node: syntax.Tuple) -> object:
    frame.scope.environment.build_elements(len(node.items))
    return [frame.evaluate(item) for item in node.items]


def _object(frame: Frame, node: syntax.Object) -> object:
    frame.scope.environment.build_elements(len(node.items))
    return {_key(frame, key): frame.evaluate(item) for key, item in node.items}


def _key(frame: Frame, node: Node) -> str:
    """Evaluate a key of an object; a bare name stands for itself."""
    if type(node) is syntax.Name:
        return node.name
    if isinstance(node, syntax.Traversal):
        written = frame.written(node)
        frame.fail(node, f'a key with dots has to be written in quotes: "{written}"')
    if isinstance(node, syntax.Literal) and not isinstance(node.value, str):
        return frame.written(node)
    datum = frame.evaluate(node)
    text = to_text(datum)
    if text is None:
        frame.fail(node, f"a key has to be a string, a number or a bool, found {describe_datum(datum)}")
    return text


def _json_key(frame: Frame, node: syntax.JsonKey) -> object:
    return frame.text(node.name, node)


def _json_template(frame: Frame, node: syntax.JsonTemplate) -> object:
    return frame.text(node.text, node)


_EVALUATORS: Final = cast(
    "dict[type[Node], Callable[[Frame, Any], object]]",
    {
        syntax.Paren: _paren,
        syntax.Tuple: _tuple,
        syntax.Object: _object,
        syntax.Unary: operators.unary,
        syntax.Binary: operators.binary,
        syntax.Conditional: operators.conditional,
        syntax.Name: traversals.name,
        syntax.Traversal: traversals.traversal,
        syntax.For: loops.loop,
        syntax.Call: calls.call,
        syntax.Template: interpolation.template,
        syntax.JsonKey: _json_key,
        syntax.JsonTemplate: _json_template,
    },
)
