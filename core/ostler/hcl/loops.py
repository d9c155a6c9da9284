"""Evaluate for expressions."""

from __future__ import annotations

from ostler.hcl.datum import TypedSet, describe_datum, shortened, to_text
from ostler.hcl.types import BOOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ostler.hcl.frame import Frame
    from ostler.hcl.syntax import For, Node


def items(datum: Any) -> Iterator[tuple[Any, Any]] | None:  # noqa: ANN401 - data of any type
    """Give the key and the value of every item, maps and objects by their keys; None for other values.

    A set's values are their own keys.
    """
    if isinstance(datum, dict):
        return ((name, datum[name]) for name in sorted(datum))
    if isinstance(datum, TypedSet):
        return ((item, item) for item in datum)
    return iter(enumerate(datum)) if isinstance(datum, list) else None


def rounds(frame: Frame, names: list[str], source: Node, what: str) -> Iterator[Frame]:
    """Give the frame of every round of a loop."""
    datum = frame.evaluate(source)
    found = items(datum)
    if found is None:
        expected = "expected a list, a set, a map or an object"
        frame.fail(source, f"{what} goes through values: {expected}, found {describe_datum(datum)}")
    for key, item in found:
        frame.scope.environment.step()
        yield frame.within({names[-1]: item} if len(names) == 1 else {names[0]: key, names[1]: item})


def loop(frame: Frame, node: For) -> object:
    """Evaluate a for expression, into a tuple or an object."""
    frames = rounds(frame, node.names, node.source, "a for expression")
    if node.condition is not None:
        frames = _filtered(frames, node.condition)
    if node.key is not None:
        return _grouped(frames, node, node.key) if node.grouped else _keyed(frames, node, node.key)
    return [_built(inner, node.value) for inner in frames]


def _filtered(frames: Iterator[Frame], condition: Node) -> Iterator[Frame]:
    for inner in frames:
        if inner.converted(condition, BOOL, "the condition of a for expression"):
            yield inner


def _built(inner: Frame, node: Node) -> object:
    datum = inner.evaluate(node)
    inner.scope.environment.build_elements(1)
    return datum


def _key(inner: Frame, node: Node) -> str:
    datum = inner.evaluate(node)
    text = to_text(datum)
    if text is None:
        inner.fail(node, f"a key has to be a string, found {describe_datum(datum)}")
    return text


def _keyed(frames: Iterator[Frame], node: For, key: Node) -> object:
    found: dict[str, object] = {}
    for inner in frames:
        name = _key(inner, key)
        if name in found:
            hint = "add '...' behind the value to collect the values of each key in a list"
            inner.fail(key, f"two items have the key '{shortened(name)}'; {hint}")
        found[name] = _built(inner, node.value)
    return found


def _grouped(frames: Iterator[Frame], node: For, key: Node) -> object:
    found: dict[str, list[object]] = {}
    for inner in frames:
        found.setdefault(_key(inner, key), []).append(_built(inner, node.value))
    return found
