"""Read a body without a schema, into the shape that Nomad gives a driver's config."""

from __future__ import annotations

from ostler.hcl.position import Diagnostic
from ostler.hcl.syntax import AttributeNode, BlockNode, Object
from ostler.hcl.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ostler.hcl.evaluation import Placing
    from ostler.hcl.position import Source
    from ostler.hcl.syntax import BodyNode
    from ostler.hcl.values import Span


class FreeReading:
    """Reads bodies of one source; what is wrong is collected in the diagnostics of ``placing``."""

    def __init__(self, source: Source, placing: Placing) -> None:
        self._source = source
        self._placing = placing

    def body(self, node: BodyNode) -> Value:
        """Give a map in which a block is a list of maps, and so is a literal ``{...}``."""
        found: dict[str, Value] = {}
        keys: dict[str, Span] = {}
        repeated: dict[str, list[Value]] = {}
        for item in node.items:
            name = item.name if isinstance(item, AttributeNode) else item.type
            if name in repeated and isinstance(item, BlockNode):
                repeated[name].append(self._block(item))
            elif self._is_new(name, item, keys):
                found[name] = self._item(item, repeated)
        return Value(found, self._source, node.start, node.end, keys)

    def map(self, node: BodyNode) -> Value:
        """Give a plain map, for what HCL1 writes as ``name = { ... }``."""
        found: dict[str, Value] = {}
        keys: dict[str, Span] = {}
        for item in node.items:
            name = item.name if isinstance(item, AttributeNode) else item.type
            if self._is_new(name, item, keys):
                found[name] = self._plain(item)
        return Value(found, self._source, node.start, node.end, keys)

    def _is_new(self, name: str, item: AttributeNode | BlockNode, keys: dict[str, Span]) -> bool:
        if name not in keys:
            keys[name] = (item.start, item.end)
            return True
        line = self._source.pos(keys[name][0]).line
        msg = f"'{name}' is set twice; the first stands in line {line}"
        self._placing.diagnostics.append(Diagnostic(self._source.range(item.start, item.end), msg))
        return False

    def _plain(self, item: AttributeNode | BlockNode) -> Value:
        return self.map(item.body) if isinstance(item, BlockNode) else self._placing.value(item.expression)

    def _item(self, item: AttributeNode | BlockNode, repeated: dict[str, list[Value]]) -> Value:
        if isinstance(item, BlockNode):
            repeated[item.type] = items = [self._block(item)]
            return Value(items, self._source, item.start, item.body.end)
        value = self._placing.value(item.expression)
        if not isinstance(item.expression, Object):
            return value
        return Value([value], self._source, item.expression.start, item.expression.end)

    def _block(self, item: BlockNode) -> Value:
        value = self.body(item.body)
        for label in reversed(item.labels):
            wrapped = Value([value], self._source, item.start, item.body.end)
            keys = {label.name: (label.start, label.end)}
            value = Value({label.name: wrapped}, self._source, item.start, item.body.end, keys)
        return value
