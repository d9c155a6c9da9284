"""What is read out of a text: bodies of attributes and blocks, and the schema that reads them."""

from __future__ import annotations

from ostler.hcl.casting import cast
from ostler.hcl.position import Diagnostic
from ostler.hcl.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.hcl.expression import Expression
    from ostler.hcl.position import Range, Source
    from ostler.hcl.scope import Scope
    from ostler.hcl.values import Span, Value


class Schema(Record):
    """What a body may hold.

    ``blocks`` maps a block's type to the names of its labels; the types in ``single`` may stand once;
    a name in ``either`` may be an attribute or a block without labels and need not be listed twice.
    Attributes in ``deferred`` are not evaluated; their `Attribute.expression` is for the caller.  With
    ``dynamic``, ``dynamic "type" { ... }`` blocks are replaced by the blocks that they make.
    """

    __slots__ = ("attributes", "blocks", "deferred", "dynamic", "either", "single")

    def __init__(
        self,
        attributes: frozenset[str] = frozenset(),
        blocks: Mapping[str, tuple[str, ...]] | None = None,
        single: frozenset[str] = frozenset(),
        *,
        either: frozenset[str] = frozenset(),
        deferred: frozenset[str] = frozenset(),
        dynamic: bool = False,
    ) -> None:
        self.attributes = attributes
        self.blocks = blocks or {}
        self.single = single
        self.either = either
        self.deferred = deferred
        self.dynamic = dynamic


class Attribute:
    """A name and its value; ``expression`` is None where HCL1 wrote a map as a block.

    ``value`` is evaluated when it is first asked for (HclError) where a schema defers it.
    """

    __slots__ = ("_source", "_span", "_value", "expression", "name")

    def __init__(
        self, name: str, source: Source, span: Span, expression: Expression | None, value: Value | None
    ) -> None:
        self.name = name
        self.expression = expression
        self._value = value
        self._source = source
        self._span = span

    @property
    def value(self) -> Value:
        """The value, with the places of all within it."""
        if self._value is None:
            self._value = cast("Expression", self.expression).value()
        return self._value

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

    def making(self, labels: tuple[str, ...], body: Body) -> Block:
        """Give a block that this one, a dynamic block, makes; it stands where its type is named."""
        spans = [self._label_spans[0]] * (len(labels) + 1)
        return Block(self.labels[0], labels, body, self._source, spans)


class Content:
    """What a schema found in a body: the known attributes and blocks, and every problem.

    With problems it is only fit for finding more of them: an attribute that could not be evaluated is
    named in ``broken`` and has its source text, ``${...}``, as its value; so is the type of blocks that a
    ``dynamic`` block could not make.  For a label that is missing stands the block's type.
    """

    __slots__ = ("attributes", "blocks", "broken", "diagnostics")

    def __init__(self) -> None:
        self.attributes: dict[str, Attribute] = {}
        self.blocks: list[Block] = []
        self.broken: set[str] = set()
        self.diagnostics: list[Diagnostic] = []

    def complain(self, where: Range, message: str, unknown: str = "") -> None:
        """Add a problem."""
        self.diagnostics.append(Diagnostic(where, message, unknown))


class Body:
    """Attributes and blocks, from the native syntax or from JSON."""

    __slots__ = ()

    @property
    def range(self) -> Range:
        """Where the body stands, its braces included."""
        raise NotImplementedError

    def within(self, scope: Scope) -> Body:
        """Give the same body with another scope, in which it and its blocks are evaluated."""
        raise NotImplementedError

    def expressions(self) -> dict[str, Attribute]:
        """Give every attribute without evaluating it; HclError for names that come twice."""
        raise NotImplementedError

    def attributes(self) -> dict[str, Attribute]:
        """Evaluate and give every attribute; HclError with all that cannot be evaluated.

        The error is empty when only something `BROKEN`, or a limit told before, is to blame.
        """
        raise NotImplementedError

    def blocks(self) -> list[Block]:
        """Give the blocks in the order of the text; JSON, which cannot tell them, has none."""
        raise NotImplementedError

    def content(self, schema: Schema) -> Content:
        """Read what ``schema`` knows; whatever is wrong is collected, never raised."""
        raise NotImplementedError

    def free(self) -> Value:
        """Give the body as the map that a driver's ``config`` is; HclError as `attributes` raises.

        Blocks become lists of maps, labels nest as ``[{label: [{...}]}]``, and an attribute whose value
        is written as a literal ``{...}`` becomes ``[{...}]`` (native syntax only).
        """
        raise NotImplementedError
