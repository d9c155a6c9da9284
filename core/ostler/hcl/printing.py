"""Write a syntax tree, or plain values, as native syntax."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from ostler.hcl import syntax
from ostler.hcl.casting import cast
from ostler.hcl.layout import reformatted
from ostler.hcl.numerals import number
from ostler.hcl.syntax import AttributeNode, BodyNode, Literal, Name, Node, Object, Tuple, Unary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, ClassVar

_IS_NAME = re.compile(r"[^\W\d][\w-]*\Z").match
_WORDS = {"true", "false", "null", "for"}
_MAX_DEPTH = 100
_SPECIAL = re.compile(r'[\x00-\x1f"\\\x7f-\x9f\u2028\u2029\ufeff]|[$%](?=\{)')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "$": "$$", "%": "%%"}


def dumps(settings: Mapping[str, object]) -> str:
    """Write each item as a line ``name = value``, in the canonical style."""
    items = [AttributeNode(0, 0, _name(name), _node(value)) for name, value in settings.items()]
    return text_of(BodyNode(0, 0, list(items)))


def text_of(body: BodyNode) -> str:
    """Write a body in the canonical style, heredocs as quoted texts; its comments are no part of it."""
    return reformatted("".join(Printer().body(body)), "<printed>", tolerant=False)


class Printer:
    """Writes nodes, an item to a line but within a text."""

    def __init__(self) -> None:
        self._within_a_text = False

    def body(self, node: BodyNode) -> Iterable[str]:
        """Give the pieces of the text of a body, without its braces."""
        for item in node.items:
            if isinstance(item, AttributeNode):
                yield f"{item.name} = {self.expression(item.expression)}\n"
                continue
            labels = "".join(f" {quoted(label.name)}" for label in item.labels)
            yield f"{item.type}{labels} {{\n"
            yield from self.body(item.body)
            yield "}\n"

    def expression(self, node: Node) -> str:
        """Give the text of an expression."""
        return cast("str", self._WRITERS[type(node)](self, node))

    def _literal(self, node: Literal) -> str:
        value = node.value
        if isinstance(value, str):
            return quoted(value)
        return "null" if value is None else str(value).lower()

    def _name(self, node: Name) -> str:
        return node.name

    def _traversal(self, node: syntax.Traversal) -> str:
        return self.expression(node.root) + self._steps(node.steps)

    def _steps(self, steps: list[syntax.Step]) -> str:
        return "".join([self._step(step) for step in steps])

    def _step(self, step: syntax.Step) -> str:
        if isinstance(step, syntax.Attr):
            return f".{step.name}"
        if isinstance(step, syntax.Index):
            return f"[{self.expression(step.key)}]"
        if step.full:
            return f"[*]{self._steps(step.steps)}"
        # an index in brackets would not belong to what ".*" does to each item
        return ".*" + "".join([self._dotted(each) for each in step.steps])

    def _dotted(self, step: syntax.Step) -> str:
        return f".{self.expression(step.key)}" if isinstance(step, syntax.Index) else self._step(step)

    def _call(self, node: syntax.Call) -> str:
        spread = "..." if node.spread else ""
        return f"{node.name}({', '.join([self.expression(each) for each in node.arguments])}{spread})"

    def _unary(self, node: Unary) -> str:
        return node.operator + self.expression(node.operand)

    def _binary(self, node: Node) -> str:
        pieces: list[str] = []
        while isinstance(node, syntax.Binary):  # a long chain is no nesting
            pieces += [self.expression(node.right), node.operator]
            node = node.left
        return " ".join([self.expression(node), *reversed(pieces)])

    def _conditional(self, node: syntax.Conditional) -> str:
        return " ".join(
            [self.expression(node.condition), "?", self.expression(node.yes), ":", self.expression(node.no)]
        )

    def _paren(self, node: syntax.Paren) -> str:
        return f"({self.expression(node.inner)})"

    def _tuple(self, node: Tuple) -> str:
        return f"[{', '.join([self.expression(item) for item in node.items])}]"

    def _object(self, node: Object) -> str:
        items = [f"{self.expression(key)} = {self.expression(item)}" for key, item in node.items]
        if self._within_a_text or not items:
            return f"{{{', '.join(items)}}}"
        return "{\n" + "".join(f"{item}\n" for item in items) + "}"

    def _for(self, node: syntax.For) -> str:
        head = f"for {', '.join(node.names)} in {self.expression(node.source)} : "
        tail = f" if {self.expression(node.condition)}" if node.condition else ""
        if node.key is None:
            return f"[{head}{self.expression(node.value)}{tail}]"
        pair = f"{self.expression(node.key)} => {self.expression(node.value)}"
        return f"{{ {head}{pair}{'...' if node.grouped else ''}{tail} }}"

    def _template(self, node: syntax.Template) -> str:
        before, self._within_a_text = self._within_a_text, True
        pieces = self._parts(node.parts)
        self._within_a_text = before
        for index, piece in enumerate(pieces[1:]):
            if pieces[index][-1:] == piece[:1] and piece[:1] in {"$", "%"}:
                # "$${" would be an escape
                pieces[index] = f"{pieces[index][:-1]}\\u{ord(piece[0]):04x}"
        return f'"{"".join(pieces)}"'

    def _parts(self, parts: list[syntax.Part]) -> list[str]:
        return [piece for part in parts for piece in self._part(part)]

    def _part(self, part: syntax.Part) -> list[str]:
        if isinstance(part, Literal):
            return [_escaped(cast("str", part.value))] if part.value else []
        if isinstance(part, syntax.Interpolation):
            return [f"${{{self.expression(part.inner)}}}"]
        if isinstance(part, syntax.TemplateFor):
            head = f"%{{ for {', '.join(part.names)} in {self.expression(part.source)} }}"
            return [head, *self._parts(part.body), "%{ endfor }"]
        otherwise = ["%{ else }", *self._parts(part.no)] if part.closed else []
        head = f"%{{ if {self.expression(part.condition)} }}"
        return [head, *self._parts(part.yes), *otherwise, "%{ endif }"]

    _WRITERS: ClassVar[dict[type[Node], Any]] = {
        Literal: _literal,
        Name: _name,
        syntax.Traversal: _traversal,
        syntax.Call: _call,
        Unary: _unary,
        syntax.Binary: _binary,
        syntax.Conditional: _conditional,
        syntax.Paren: _paren,
        Tuple: _tuple,
        Object: _object,
        syntax.For: _for,
        syntax.Template: _template,
    }


def quoted(text: str) -> str:
    """Write a text in quotes."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    if not text.isascii():
        text.encode()  # UnicodeEncodeError, a ValueError, for what no file can hold
    return _SPECIAL.sub(lambda match: _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}", text)


def _name(name: str) -> str:
    if not _IS_NAME(name):
        msg = f"{name!r} is no name of a setting: expected letters, digits, '_' and '-', a letter first"
        raise ValueError(msg)
    return name


def _node(value: object, depth: int = 0) -> Node:
    """Give the node of a plain value; TypeError for what has none, ValueError for what can't be written."""
    if depth > _MAX_DEPTH:
        msg = f"nested too deep: more than {_MAX_DEPTH} levels"
        raise ValueError(msg)
    if value is None or isinstance(value, (str, bool)):
        return Literal(0, 0, value)
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, dict):
        return Object(0, 0, [(_key(key), _node(item, depth + 1)) for key, item in value.items()])
    if isinstance(value, (list, tuple)):
        return Tuple(0, 0, [_node(item, depth + 1) for item in value])
    msg = f"{type(value).__name__} has no form in HCL: expected str, number, bool, None, list or dict"
    raise TypeError(msg)


def _number(value: float | Decimal) -> Node:
    if not isinstance(value, int) and not math.isfinite(value):
        msg = f"{value} is no number that HCL can write"
        raise ValueError(msg)
    digits = str(value)
    literal = Literal(0, 0, number(digits.removeprefix("-")))
    return Unary(0, 0, "-", literal) if digits.startswith("-") else literal


def _key(key: str) -> Node:
    return Name(0, 0, key) if _IS_NAME(key) and key not in _WORDS else Literal(0, 0, key)
