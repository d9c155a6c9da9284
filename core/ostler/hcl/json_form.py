"""A body of the JSON form: objects that only a schema tells from blocks."""

from __future__ import annotations

from ostler.hcl.body import Attribute, Block, Body, Content, Schema
from ostler.hcl.cursor import BrokenTextError
from ostler.hcl.decoding import decode
from ostler.hcl.dynamic import expand
from ostler.hcl.evaluation import Placing
from ostler.hcl.expression import Expression
from ostler.hcl.json_text import JsonText
from ostler.hcl.position import Diagnostic, HclError
from ostler.hcl.reading import Seen, refuse_attribute
from ostler.hcl.scope import Scope
from ostler.hcl.syntax import Literal, Name, Object, Tuple
from ostler.hcl.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.hcl.position import Range, Source
    from ostler.hcl.syntax import Node
    from ostler.hcl.values import Span

_COMMENT = "//"


def read(text: str | bytes, filename: str, *, templates: bool) -> Body:
    """Parse ``text``; HclError where it is no JSON, or no object."""
    source = decode(text, filename)
    try:
        document = JsonText(source, templates=templates).document()
    except BrokenTextError as error:
        raise HclError([Diagnostic(source.range(error.start, error.end), error.message)]) from None
    except RecursionError:
        raise HclError(
            [Diagnostic(source.range(0, 0), "nested too deep for the stack that is left")]
        ) from None
    wrong = [node for node in _listed(document) if not isinstance(node, Object)]
    if wrong:
        msg = "expected an object with settings, found "
        raise HclError(Diagnostic(source.range(node.start, node.end), msg + _kind(node)) for node in wrong)
    return JsonBody(source, document, Scope())


class JsonBody(Body):
    """The properties of an object, or of a list of objects that count as one."""

    __slots__ = ("_node", "_scope", "_source")

    def __init__(self, source: Source, node: Node, scope: Scope) -> None:
        self._source = source
        self._node = node
        self._scope = scope

    @property
    def range(self) -> Range:
        """Where the body stands, its braces included."""
        return self._source.range(self._node.start, self._node.end)

    def within(self, scope: Scope) -> JsonBody:
        """Give the same body with another scope, in which it and its blocks are evaluated."""
        return JsonBody(self._source, self._node, scope)

    def expressions(self) -> dict[str, Attribute]:
        """Give every property without evaluating it; HclError for names that come twice."""
        names = frozenset(key.name for key, _ in self._properties())
        return self._all(Schema(names, deferred=names))

    def attributes(self) -> dict[str, Attribute]:
        """Evaluate and give every property; HclError with all that cannot be evaluated."""
        return self._all(Schema(frozenset(key.name for key, _ in self._properties())))

    def _all(self, schema: Schema) -> dict[str, Attribute]:
        content = self.content(schema)
        if content.diagnostics or content.broken:
            raise HclError(content.diagnostics)
        return content.attributes

    def blocks(self) -> list[Block]:
        """Give nothing: without a schema, JSON has no blocks."""
        return []

    def content(self, schema: Schema) -> Content:
        """Read what ``schema`` knows; whatever is wrong is collected, never raised."""
        content = Content()
        seen = Seen(content, schema)
        placing = Placing(self._source, content.diagnostics, self._scope)
        for key, node in self._properties():
            where = self._source.range(key.start, key.end)
            if schema.dynamic and key.name == "dynamic":
                for block in self._blocks(key, node, ("block",), content):
                    content.blocks += expand(block, schema, content, seen)
            elif key.name in schema.either and _is_bodies(node):
                self._take_blocks(key, node, (), content, seen)
            elif key.name in schema.attributes or key.name in schema.either:
                if seen.attribute(key.name, where):
                    before = placing.failures
                    content.diagnostics += [self._told_twice(each) for each in _twice(node)]
                    value = None if key.name in schema.deferred else placing.value(node)
                    content.attributes[key.name] = self._attribute(key, node, value)
                    if placing.failures > before:
                        content.broken.add(key.name)
            elif key.name in schema.blocks:
                self._take_blocks(key, node, schema.blocks[key.name], content, seen)
            else:
                refuse_attribute(content, schema, key.name, where)
        return content

    def free(self) -> Value:
        """Give the properties as a map, as they are; HclError with every problem in it."""
        found = {name: attribute.value for name, attribute in self.attributes().items()}
        keys = {key.name: (key.start, key.end) for key, _ in self._properties()}
        return Value(found, self._source, self._node.start, self._node.end, keys)

    def _properties(self) -> Iterator[tuple[Name, Node]]:
        for node in _listed(self._node):
            if isinstance(node, Object):
                yield from _named(node)

    def _attribute(self, key: Name, node: Node, value: Value | None) -> Attribute:
        expression = Expression(self._source, node, self._scope, json=True)
        return Attribute(key.name, self._source, (key.start, key.end), expression, value)

    def _told_twice(self, key: Name) -> Diagnostic:
        where = self._source.range(key.start, key.end)
        return Diagnostic(where, f"the key '{key.name}' stands twice in this object")

    def _take_blocks(
        self, key: Name, node: Node, wanted: tuple[str, ...], content: Content, seen: Seen
    ) -> None:
        for block in self._blocks(key, node, wanted, content):
            seen.block(key.name, (block.label_ranges or (block.type_range,))[-1])
            content.blocks.append(block)

    def _blocks(self, key: Name, node: Node, wanted: tuple[str, ...], content: Content) -> Iterator[Block]:
        for labels, body in self._unpack(key, node, wanted, content):
            spans: list[Span] = [(key.start, key.end), *((label.start, label.end) for label in labels)]
            names = tuple(label.name for label in labels)
            inner = JsonBody(self._source, body, self._scope)
            yield Block(key.name, names, inner, self._source, spans)

    def _unpack(
        self, key: Name, node: Node, wanted: tuple[str, ...], content: Content
    ) -> Iterator[tuple[list[Name], Node]]:
        """Give the labels and the object of every block that a property stands for."""
        for item in _listed(node):
            if isinstance(item, Object) and wanted:
                for label, nested in _named(item):
                    for labels, body in self._unpack(key, nested, wanted[1:], content):
                        yield [label, *labels], body
            elif isinstance(item, Object):
                yield [], item
            elif not _is_null(item):
                meaning = f"an object whose keys are the {wanted[0]}s" if wanted else "an object"
                msg = f"the block '{key.name}' has to be {meaning}, found {_kind(item)}"
                content.complain(self._source.range(item.start, item.end), msg)


def _listed(node: Node) -> list[Node]:
    return node.items if isinstance(node, Tuple) else [node]


def _named(node: Object) -> Iterator[tuple[Name, Node]]:
    for key, item in node.items:
        if isinstance(key, Name) and key.name != _COMMENT:
            yield key, item


def _twice(node: Node) -> Iterator[Name]:
    """Give the keys that come again in an object which is a value; blocks may come again."""
    if isinstance(node, Tuple):
        for item in node.items:
            yield from _twice(item)
    elif isinstance(node, Object):
        seen: set[str] = set()
        for key, item in node.items:
            if isinstance(key, Name):
                if key.name in seen:
                    yield key
                seen.add(key.name)
            yield from _twice(item)


def _is_bodies(node: Node) -> bool:
    return (
        isinstance(node, Tuple) and bool(node.items) and all(isinstance(item, Object) for item in node.items)
    )


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _kind(node: Node) -> str:
    if isinstance(node, Object):
        return "an object"
    if isinstance(node, Tuple):
        return "a list"
    if not isinstance(node, Literal) or isinstance(node.value, str):
        return "a text"
    if node.value is None:
        return "null"
    return "a bool" if isinstance(node.value, bool) else "a number"
