"""Walk through a syntax tree without evaluating it."""

from __future__ import annotations

from ostler.hcl.cursor import BrokenTextError
from ostler.hcl.syntax import Attr, Index, JsonKey, JsonTemplate, Literal, Name, Node, Object, Traversal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.hcl.position import Range, Source
    from ostler.hcl.syntax import Step


def walk(node: Node) -> Iterator[Node]:
    """Give a node and all nodes within it, in the order of the text."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += reversed(list(_inside(found)))


def references(source: Source, node: Node, roots: frozenset[str]) -> Iterator[tuple[str, str | None, Range]]:
    """Give every reference under ``roots``: the root, the name after it if there is one, and the place."""
    for found in walk(node):
        if isinstance(found, (JsonTemplate, JsonKey)):
            yield from _within_json(source, found, roots)
        elif isinstance(found, Traversal):
            if isinstance(found.root, Name) and found.root.name in roots:
                end = found.steps[0].end
                yield found.root.name, _name_of(found.steps[0]), source.range(found.start, end)
        elif isinstance(found, Name) and found.name in roots:
            yield found.name, None, source.range(found.start, found.end)


def _inside(node: Node) -> Iterator[Node]:
    if isinstance(node, Object):
        for key, item in node.items:
            if type(key) is not Name:
                yield key
            yield item
        return
    if isinstance(node, Traversal):
        if not isinstance(node.root, Name):
            yield node.root
        yield from node.steps
        return
    for slot in type(node).__slots__:
        found = getattr(node, slot)
        if isinstance(found, Node):
            yield found
        elif isinstance(found, list):
            yield from (each for each in found if isinstance(each, Node))


def _name_of(step: Step) -> str | None:
    if isinstance(step, Attr):
        return step.name
    key = step.key if isinstance(step, Index) else None
    return key.value if isinstance(key, Literal) and isinstance(key.value, str) else None


def _within_json(
    source: Source, node: JsonTemplate | JsonKey, roots: frozenset[str]
) -> Iterator[tuple[str, str | None, Range]]:
    from ostler.hcl.structure import Structure

    text = node.name if isinstance(node, JsonKey) else node.text
    inner = source.quoted(text, node.start, node.end)
    try:
        template = Structure(inner).bare()
    except BrokenTextError:
        return  # evaluating it tells
    yield from references(inner, template, roots)
