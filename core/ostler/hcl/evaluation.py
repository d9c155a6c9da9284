"""Evaluate expressions as far as no variable and no function is needed.

A reference to what only the client knows (``attr.kernel.name``) stays as source text; what is not
evaluated yet is a diagnostic, and its source text stands for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from ostler.hcl import syntax
from ostler.hcl.cursor import BrokenTextError
from ostler.hcl.position import Diagnostic, Source
from ostler.hcl.values import Value

if TYPE_CHECKING:
    from ostler.hcl.syntax import Node
    from ostler.hcl.values import Span

_OWN_ROOTS = {"var", "local", "each", "self"}


class Evaluation:
    """Evaluates expressions of one source and collects what is wrong in ``diagnostics``."""

    def __init__(self, source: Source, diagnostics: list[Diagnostic]) -> None:
        self.source = source
        self.diagnostics = diagnostics

    def value(self, node: Node) -> Value:
        """Evaluate an expression."""
        evaluate = self._EVALUATORS.get(type(node))
        return cast("Value", evaluate(self, node)) if evaluate else self._refuse(node, _describe(node))

    def refuse(self, node: Node, message: str) -> Value:
        """Add a problem and give the source text in the value's stead."""
        self.diagnostics.append(Diagnostic(self.source.range(node.start, node.end), message))
        return self._text(node, f"${{{self._written(node)}}}")

    def _refuse(self, node: Node, what: str) -> Value:
        return self.refuse(node, f"{what} is not evaluated yet; write the value itself")

    def _written(self, node: Node) -> str:
        return self.source.text[node.start : node.end]

    def _text(self, node: Node, text: str) -> Value:
        return Value(text, self.source, node.start, node.end)

    def _literal(self, node: syntax.Literal) -> Value:
        return Value(node.value, self.source, node.start, node.end)

    def _paren(self, node: syntax.Paren) -> Value:
        return self.value(node.inner)

    def _tuple(self, node: syntax.Tuple) -> Value:
        items = [self.value(item) for item in node.items]
        return Value(items, self.source, node.start, node.end)

    def _object(self, node: syntax.Object) -> Value:
        found: dict[str, Value] = {}
        keys: dict[str, Span] = {}
        for key, item in node.items:
            name = self._key(key)
            found[name] = self.value(item)
            keys[name] = (key.start, key.end)
        return Value(found, self.source, node.start, node.end, keys)

    def _key(self, node: Node) -> str:
        if isinstance(node, syntax.Name):
            return node.name
        if isinstance(node, syntax.Traversal):
            written = self._written(node)
            self.refuse(node, f'a key with dots has to be written in quotes: "{written}"')
            return written
        if isinstance(node, syntax.Literal) and not isinstance(node.value, str):
            return self._written(node)
        return self._as_text(self.value(node))

    def _as_text(self, value: Value) -> str:
        data = value.data
        if isinstance(data, str):
            return data
        if isinstance(data, bool):
            return "true" if data else "false"
        if data is None or isinstance(data, (list, dict)):
            what = "null" if data is None else "a list" if isinstance(data, list) else "an object"
            msg = f"expected a text, a number or a bool here, found {what}"
            self.diagnostics.append(Diagnostic(value.range, msg))
            return ""
        return str(data) if isinstance(data, int) else format(data, "f").rstrip("0")

    def _unary(self, node: syntax.Unary) -> Value:
        value = self.value(node.operand)
        data = value.data
        if node.operator == "!" or data is None or isinstance(data, (bool, str, list, dict)):
            return self._refuse(node, f"the operator '{node.operator}'")
        # a minus sign would round a Decimal to the precision of the thread's context
        negative = -data if isinstance(data, int) else data.copy_negate()
        return Value(negative, self.source, node.start, node.end)

    def _name(self, node: syntax.Name) -> Value:
        return self._reference(node, node.name)

    def _traversal(self, node: syntax.Traversal) -> Value:
        if not isinstance(node.root, syntax.Name):
            return self._refuse(node, "taking a part of a value")
        for step in node.steps:
            if isinstance(step, syntax.Splat):
                return self._refuse(node, "a splat")
            if isinstance(step, syntax.Index) and not isinstance(step.key, syntax.Literal):
                return self._refuse(node, "an index that is not a plain text or number")
        return self._reference(node, node.root.name)

    def _reference(self, node: Node, root: str) -> Value:
        if root in _OWN_ROOTS:
            return self._refuse(node, f"the reference '{self._written(node)}'")
        return self._text(node, f"${{{self._written(node)}}}")

    def _template(self, node: syntax.Template) -> Value:
        return self._text(node, "".join([self._part(part) for part in node.parts]))

    def _part(self, part: syntax.Part) -> str:
        if isinstance(part, syntax.Literal):
            return str(part.value)
        if not isinstance(part, syntax.Interpolation):
            return self._as_text(self._refuse(part, _describe(part)))
        before = len(self.diagnostics)
        value = self.value(part.inner)
        if len(self.diagnostics) == before and not isinstance(part.inner, (syntax.Name, syntax.Traversal)):
            return self._as_text(value)
        written = self._written(part)
        return f"${{{written[3 if written[2] == '~' else 2 : -2 if written[-2] == '~' else -1]}}}"

    def _json_template(self, node: syntax.JsonTemplate) -> Value:
        from ostler.hcl.structure import Structure

        source = Source(node.text, self.source.filename, self.source.range(node.start, node.end))
        try:
            inner = Structure(source).bare()
        except BrokenTextError as error:
            self.diagnostics.append(Diagnostic(source.range(0, 0), error.message))
            return self._text(node, node.text)
        return self._text(node, self._as_text(Evaluation(source, self.diagnostics).value(inner)))

    _EVALUATORS: ClassVar[dict[type[Node], Any]] = {
        syntax.Literal: _literal,
        syntax.Paren: _paren,
        syntax.Tuple: _tuple,
        syntax.Object: _object,
        syntax.Unary: _unary,
        syntax.Name: _name,
        syntax.Traversal: _traversal,
        syntax.Template: _template,
        syntax.JsonTemplate: _json_template,
    }


def _describe(node: Node) -> str:
    if isinstance(node, syntax.Call):
        return f"the function call {node.name}(...)"
    if isinstance(node, syntax.Binary):
        return f"the operator '{node.operator}'"
    if isinstance(node, syntax.Conditional):
        return "a conditional (a ? b : c)"
    if isinstance(node, syntax.For):
        return "a for expression"
    word = "if" if isinstance(node, syntax.TemplateIf) else "for"
    return f"the template directive '%{{ {word} }}'"
