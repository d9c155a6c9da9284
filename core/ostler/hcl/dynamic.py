"""Replace ``dynamic "type" { ... }`` by the blocks that it makes."""

from __future__ import annotations

from ostler.hcl.body import Schema
from ostler.hcl.casting import cast
from ostler.hcl.datum import describe_datum, to_text
from ostler.hcl.environment import LimitError
from ostler.hcl.loops import items
from ostler.hcl.position import Diagnostic, HclError
from ostler.hcl.reading import refuse_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from ostler.hcl.body import Block, Content
    from ostler.hcl.expression import Expression
    from ostler.hcl.reading import Seen
    from ostler.hcl.scope import Scope

_NAMES: Final = frozenset({"for_each", "iterator", "labels"})
_DYNAMIC: Final = Schema(_NAMES, {"content": ()}, frozenset({"content"}), deferred=_NAMES)
_SHAPE: Final = 'dynamic "type" { for_each = ... content { ... } }'
_BLOCK_BYTES: Final = 1024


def expand(block: Block, schema: Schema, content: Content, seen: Seen) -> list[Block]:
    """Give the blocks that a dynamic block makes; whatever is wrong is added to ``content``.

    ``for_each`` is gone through with ``type.key`` and ``type.value`` (``iterator`` renames ``type``), in
    the scope of ``labels`` and of what stands in ``content``.
    """
    if len(block.labels) != 1:
        content.complain(block.type_range, f"a dynamic block has one label, the type it makes: {_SHAPE}")
        return []
    name, place = block.labels[0], block.label_ranges[0]
    wanted = () if name in schema.either else schema.blocks.get(name)
    if wanted is None:
        refuse_block(content, schema, name, place)
        return []
    seen.block(name, place)
    made = _tried(block, wanted, content)
    if made is None:
        content.broken.add(name)
        return []
    for _ in made[1:]:
        seen.block(name, place)
    return made


def _tried(block: Block, wanted: tuple[str, ...], content: Content) -> list[Block] | None:
    found = block.body.content(_DYNAMIC)
    if not found.diagnostics:
        _complain_of_lacks(block, found, wanted)
    content.diagnostics += found.diagnostics
    if found.diagnostics:
        return None
    try:
        return list(_made(block, found, wanted))
    except HclError as error:
        content.diagnostics += error.diagnostics
    except LimitError as error:
        if str(error):
            content.complain(block.type_range, str(error))
    return None


def _complain_of_lacks(block: Block, found: Content, wanted: tuple[str, ...]) -> None:
    name = block.labels[0]
    if "for_each" not in found.attributes:
        found.complain(block.type_range, f"the dynamic block '{name}' lacks its for_each: {_SHAPE}")
    if not found.blocks:
        found.complain(block.type_range, f"the dynamic block '{name}' lacks its content: {_SHAPE}")
    if wanted and "labels" not in found.attributes:
        lacking = f"the dynamic block '{name}' lacks the {wanted[0]} of what it makes"
        found.complain(block.type_range, f"{lacking}: labels = [{name}.value]")
    if not wanted and "labels" in found.attributes:
        found.complain(found.attributes["labels"].name_range, f"the block '{name}' takes no label")


def _made(block: Block, found: Content, wanted: tuple[str, ...]) -> Iterator[Block]:
    for_each = cast("Expression", found.attributes["for_each"].expression)
    scope, body = for_each.scope, found.blocks[0].body
    iterator, labels = _iterator(block, found), _labels(found, wanted)
    for key, value in _rounds(for_each):
        scope.environment.step()
        scope.environment.build(_BLOCK_BYTES)
        inner = scope.within({iterator: {"key": key, "value": value}})
        names = tuple(_label(label, inner) for label in labels)
        yield block.making(names, body.within(inner))


def _rounds(for_each: Expression) -> Iterator[tuple[object, object]]:
    datum = for_each.evaluate()
    found = items(datum)
    if found is None:
        expected = "for_each: expected a list, a set, a map or an object"
        raise HclError([Diagnostic(for_each.range, f"{expected}, found {describe_datum(datum)}")])
    return found


def _iterator(block: Block, found: Content) -> str:
    if "iterator" not in found.attributes:
        return block.labels[0]
    written = cast("Expression", found.attributes["iterator"].expression)
    name = written.keyword()
    if name is None:
        msg = "the iterator is a bare name, as in iterator = each"
        raise HclError([Diagnostic(written.range, msg)])
    return name


def _labels(found: Content, wanted: tuple[str, ...]) -> list[Expression]:
    if not wanted:
        return []
    written = cast("Expression", found.attributes["labels"].expression)
    labels = written.items()
    if labels is None or len(labels) != len(wanted):
        count = "no list" if labels is None else str(len(labels))
        msg = f"labels: expected a list of {len(wanted)} ({', '.join(wanted)}), found {count}"
        raise HclError([Diagnostic(written.range, msg)])
    return labels


def _label(label: Expression, scope: Scope) -> str:
    datum = label.evaluate(scope)
    text = to_text(datum)
    if text is None:
        raise HclError([Diagnostic(label.range, f"a label is a string, found {describe_datum(datum)}")])
    return text
