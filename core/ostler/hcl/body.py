"""What is read out of a text: bodies of attributes and blocks, and the schema that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ostler.hcl.position import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.hcl.position import Range, Source
    from ostler.hcl.syntax import Node
    from ostler.hcl.values import Span, Value


class Schema(NamedTuple):
    """What a body may hold.

    ``blocks`` maps a block's type to the names of its labels; the types in ``single`` may stand once;
    a name in ``either`` may be an attribute or a block without labels and need not be listed twice.
    """

    attributes: frozenset[str] = frozenset()
    blocks: Mapping[str, tuple[str, ...]] = {}
    single: frozenset[str] = frozenset()
    either: frozenset[str] = frozenset()


class Attribute:
    """A name and its value."""

    __slots__ = ("_source", "_span", "expression", "name", "value")

    def __init__(self, name: str, source: Source, span: Span, value: Value, expression: Node | None) -> None:
        self.name = name
        self.value = value
        self.expression = expression
        self._source = source
        self._span = span

    @property
    def name_range(self) -> Range:
        """Where the name stands."""
        return self._source.range(*self._span)


class Block:
    """A type, its labels and a body."""

    __slots__ = ("_label_spans", "_source", "_span", "body", "labels", "type")

    def __init__(
        self, name: str, labels: tuple[str, ...], body: Body, source: Source, spans: list[Span]
    ) -> None:
        self.type = name
        self.labels = labels
        self.body = body
        self._source = source
        self._span = spans[0]
        self._label_spans = spans[1:]

    @property
    def type_range(self) -> Range:
        """Where the block's type stands."""
        return self._source.range(*self._span)

    @property
    def label_ranges(self) -> tuple[Range, ...]:
        """Where each label stands."""
        return tuple(self._source.range(*span) for span in self._label_spans)


class Content:
    """What a schema found in a body: the known attributes and blocks, and every problem.

    With problems it is only fit for finding more of them: an attribute that could not be evaluated has
    its source text, ``${...}``, as its value; for a label that is missing stands the block's type.
    """

    __slots__ = ("attributes", "blocks", "diagnostics")

    def __init__(self) -> None:
        self.attributes: dict[str, Attribute] = {}
        self.blocks: list[Block] = []
        self.diagnostics: list[Diagnostic] = []

    def complain(self, where: Range, message: str) -> None:
        """Add a problem."""
        self.diagnostics.append(Diagnostic(where, message))


class Body:
    """Attributes and blocks, from the native syntax or from JSON."""

    __slots__ = ()

    @property
    def range(self) -> Range:
        """Where the body stands, its braces included."""
        raise NotImplementedError

    def attributes(self) -> dict[str, Attribute]:
        """Evaluate and give every attribute; HclError with all that cannot be evaluated."""
        raise NotImplementedError

    def blocks(self) -> list[Block]:
        """Give the blocks in the order of the text; JSON, which cannot tell them, has none."""
        raise NotImplementedError

    def content(self, schema: Schema) -> Content:
        """Read what ``schema`` knows; whatever is wrong is collected, never raised."""
        raise NotImplementedError

    def free(self) -> Value:
        """Give the body as the map that a driver's ``config`` is; HclError with every problem in it.

        Blocks become lists of maps, labels nest as ``[{label: [{...}]}]``, and an attribute whose value
        is written as a literal ``{...}`` becomes ``[{...}]`` (native syntax only).
        """
        raise NotImplementedError
