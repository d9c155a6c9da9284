"""A body of the native syntax."""

from __future__ import annotations

from ostler.hcl.body import Attribute, Block, Body, Content
from ostler.hcl.cursor import BrokenTextError
from ostler.hcl.decoding import decode
from ostler.hcl.dynamic import expand
from ostler.hcl.evaluation import Placing
from ostler.hcl.expression import Expression
from ostler.hcl.free import FreeReading
from ostler.hcl.position import Diagnostic, HclError
from ostler.hcl.reading import Seen, check_labels, refuse_attribute, refuse_block
from ostler.hcl.scope import Scope
from ostler.hcl.structure import Structure, tree
from ostler.hcl.syntax import AttributeNode, BlockNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.hcl.body import Schema
    from ostler.hcl.position import Range, Source
    from ostler.hcl.syntax import BodyNode, Node
    from ostler.hcl.values import Value


def read(text: str | bytes, filename: str, *, tolerant: bool) -> NativeBody:
    """Parse ``text``; HclError with every problem that could be found."""
    source = decode(text, filename)
    return NativeBody(source, tree(source, tolerant=tolerant), Scope())


def read_expression(text: str | bytes, filename: str) -> Expression:
    """Parse ``text`` as a single expression; HclError where it is none."""
    return _read(decode(text, filename), Structure.whole)


def read_template(text: str | bytes, filename: str) -> Expression:
    """Parse ``text`` as a template, without quotes round it; HclError where it is none."""
    return _read(decode(text, filename), Structure.bare)


def _read(source: Source, parse: Callable[[Structure], Node]) -> Expression:
    try:
        return Expression(source, parse(Structure(source)), Scope())
    except BrokenTextError as error:
        found = Diagnostic(source.range(error.start, error.end), error.message)
    except RecursionError:
        found = Diagnostic(source.range(0, 0), "nested too deep for the stack that is left")
    raise HclError([found])


class NativeBody(Body):
    """Attributes and blocks as they were written."""

    __slots__ = ("_node", "_scope", "_source")

    def __init__(self, source: Source, node: BodyNode, scope: Scope) -> None:
        self._source = source
        self._node = node
        self._scope = scope

    @property
    def range(self) -> Range:
        """Where the body stands, its braces included."""
        return self._source.range(self._node.start, self._node.end)

    def within(self, scope: Scope) -> NativeBody:
        """Give the same body with another scope, in which it and its blocks are evaluated."""
        return NativeBody(self._source, self._node, scope)

    def expressions(self) -> dict[str, Attribute]:
        """Give every attribute without evaluating it; HclError for names that come twice."""
        problems: list[Diagnostic] = []
        found = self._attributes(None, problems)
        if problems:
            raise HclError(problems)
        return found

    def attributes(self) -> dict[str, Attribute]:
        """Evaluate and give every attribute; HclError with all that is wrong."""
        placing = self._placing([])
        found = self._attributes(placing, placing.diagnostics)
        if placing.failures or placing.diagnostics:
            raise HclError(placing.diagnostics)
        return found

    def blocks(self) -> list[Block]:
        """Give the blocks in the order of the text."""
        return [
            self._block(item, len(item.labels)) for item in self._node.items if isinstance(item, BlockNode)
        ]

    def content(self, schema: Schema) -> Content:
        """Read what ``schema`` knows; whatever is wrong is collected, never raised."""
        content = Content()
        seen = Seen(content, schema)
        for item in self._node.items:
            if isinstance(item, AttributeNode):
                self._take_attribute(item, schema, content, seen)
            else:
                self._take_block(item, schema, content, seen)
        return content

    def free(self) -> Value:
        """Give the body as the map that a driver's ``config`` is; HclError with every problem in it."""
        placing = self._placing([])
        value = FreeReading(self._source, placing).body(self._node)
        if placing.failures or placing.diagnostics:
            raise HclError(placing.diagnostics)
        return value

    def _attributes(self, placing: Placing | None, problems: list[Diagnostic]) -> dict[str, Attribute]:
        found: dict[str, Attribute] = {}
        for item in self._node.items:
            if isinstance(item, BlockNode):
                continue
            if item.name in found:
                first = found[item.name].name_range.start.line
                msg = f"'{item.name}' is set twice; the first stands in line {first}"
                problems.append(Diagnostic(self._source.range(item.start, item.end), msg))
            found[item.name] = self._attribute(item, placing)
        return found

    def _take_attribute(self, item: AttributeNode, schema: Schema, content: Content, seen: Seen) -> None:
        where = self._source.range(item.start, item.end)
        if item.name not in schema.attributes and item.name not in schema.either:
            refuse_attribute(content, schema, item.name, where)
        elif seen.attribute(item.name, where):
            placing = None if item.name in schema.deferred else self._placing(content.diagnostics)
            content.attributes[item.name] = self._attribute(item, placing)
            if placing and placing.failures:
                content.broken.add(item.name)

    def _take_block(self, item: BlockNode, schema: Schema, content: Content, seen: Seen) -> None:
        name = item.type
        where = self._source.range(item.start, item.end)
        if item.equals and name in schema.attributes and name not in schema.blocks:
            if seen.attribute(name, where):
                content.attributes[name] = self._map_attribute(item, content.diagnostics)
            return
        if schema.dynamic and name == "dynamic":
            content.blocks += expand(self._block(item, len(item.labels)), schema, content, seen)
            return
        wanted = () if name in schema.either else schema.blocks.get(name)
        if wanted is None:
            refuse_block(content, schema, name, where)
            return
        labels = [(label.name, self._source.range(label.start, label.end)) for label in item.labels]
        seen.block(name, where)
        check_labels(content, name, wanted, labels, where)
        content.blocks.append(self._block(item, len(wanted)))

    def _placing(self, problems: list[Diagnostic]) -> Placing:
        return Placing(self._source, problems, self._scope)

    def _attribute(self, item: AttributeNode, placing: Placing | None) -> Attribute:
        value = placing.value(item.expression) if placing else None
        expression = Expression(self._source, item.expression, self._scope)
        return Attribute(item.name, self._source, (item.start, item.end), expression, value)

    def _map_attribute(self, item: BlockNode, problems: list[Diagnostic]) -> Attribute:
        value = FreeReading(self._source, self._placing(problems)).map(item.body)
        return Attribute(item.type, self._source, (item.start, item.end), None, value)

    def _block(self, item: BlockNode, count: int) -> Block:
        """Give the block with ``count`` labels; where one is missing, the block's type stands for it."""
        found = [(label.name, (label.start, label.end)) for label in item.labels[:count]]
        found += [(item.type, (item.start, item.end))] * (count - len(found))
        labels = tuple([name for name, _ in found])
        spans = [(item.start, item.end), *(span for _, span in found)]
        return Block(item.type, labels, NativeBody(self._source, item.body, self._scope), self._source, spans)
