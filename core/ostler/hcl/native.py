"""A body of the native syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.hcl.body import Attribute, Block, Body, Content
from ostler.hcl.decoding import decode
from ostler.hcl.evaluation import Evaluation
from ostler.hcl.free import FreeReading
from ostler.hcl.position import Diagnostic, HclError
from ostler.hcl.reading import Seen, check_labels, refuse_attribute, refuse_block
from ostler.hcl.structure import tree
from ostler.hcl.syntax import AttributeNode, BlockNode

if TYPE_CHECKING:
    from ostler.hcl.body import Schema
    from ostler.hcl.position import Range, Source
    from ostler.hcl.syntax import BodyNode
    from ostler.hcl.values import Value


def read(text: str | bytes, filename: str, *, tolerant: bool) -> NativeBody:
    """Parse ``text``; HclError with every problem that could be found."""
    source = decode(text, filename)
    return NativeBody(source, tree(source, tolerant=tolerant))


class NativeBody(Body):
    """Attributes and blocks as they were written."""

    __slots__ = ("_node", "_source")

    def __init__(self, source: Source, node: BodyNode) -> None:
        self._source = source
        self._node = node

    @property
    def range(self) -> Range:
        """Where the body stands, its braces included."""
        return self._source.range(self._node.start, self._node.end)

    def attributes(self) -> dict[str, Attribute]:
        """Evaluate and give every attribute; HclError with all that is wrong."""
        found: dict[str, Attribute] = {}
        problems: list[Diagnostic] = []
        for item in self._node.items:
            if isinstance(item, BlockNode):
                continue
            if item.name in found:
                first = found[item.name].name_range.start.line
                msg = f"'{item.name}' is set twice; the first stands in line {first}"
                problems.append(Diagnostic(self._source.range(item.start, item.end), msg))
            found[item.name] = self._attribute(item, problems)
        if problems:
            raise HclError(problems)
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
        problems: list[Diagnostic] = []
        value = FreeReading(self._source, problems).body(self._node)
        if problems:
            raise HclError(problems)
        return value

    def _take_attribute(self, item: AttributeNode, schema: Schema, content: Content, seen: Seen) -> None:
        where = self._source.range(item.start, item.end)
        if item.name not in schema.attributes and item.name not in schema.either:
            refuse_attribute(content, schema, item.name, where)
        elif seen.attribute(item.name, where):
            content.attributes[item.name] = self._attribute(item, content.diagnostics)

    def _take_block(self, item: BlockNode, schema: Schema, content: Content, seen: Seen) -> None:
        name = item.type
        where = self._source.range(item.start, item.end)
        if item.equals and name in schema.attributes and name not in schema.blocks:
            if seen.attribute(name, where):
                content.attributes[name] = self._map_attribute(item, content.diagnostics)
            return
        wanted = () if name in schema.either else schema.blocks.get(name)
        if wanted is None:
            refuse_block(content, schema, name, where)
            return
        labels = [(label.name, self._source.range(label.start, label.end)) for label in item.labels]
        seen.block(name, where)
        check_labels(content, name, wanted, labels, where)
        content.blocks.append(self._block(item, len(wanted)))

    def _attribute(self, item: AttributeNode, problems: list[Diagnostic]) -> Attribute:
        value = Evaluation(self._source, problems).value(item.expression)
        return Attribute(item.name, self._source, (item.start, item.end), value, item.expression)

    def _map_attribute(self, item: BlockNode, problems: list[Diagnostic]) -> Attribute:
        value = FreeReading(self._source, problems).map(item.body)
        return Attribute(item.type, self._source, (item.start, item.end), value, None)

    def _block(self, item: BlockNode, count: int) -> Block:
        """Give the block with ``count`` labels; where one is missing, the block's type stands for it."""
        found = [(label.name, (label.start, label.end)) for label in item.labels[:count]]
        found += [(item.type, (item.start, item.end))] * (count - len(found))
        labels = tuple([name for name, _ in found])
        spans = [(item.start, item.end), *(span for _, span in found)]
        return Block(item.type, labels, NativeBody(self._source, item.body), self._source, spans)
