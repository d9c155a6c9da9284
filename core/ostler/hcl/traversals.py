"""Evaluate references, and take parts of values: attributes, indices and splats."""

from __future__ import annotations

from ostler.hcl.conversion import ConversionError, convert
from ostler.hcl.datum import Broken, TypedList, TypedMap, TypedSet, describe_datum, shortened, type_of
from ostler.hcl.frame import EvaluationError
from ostler.hcl.syntax import Attr, Index, Literal, Name, Node, Splat
from ostler.hcl.types import BOOL, DYNAMIC, NUMBER, STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from ostler.hcl.frame import Frame
    from ostler.hcl.syntax import Step, Traversal
    from ostler.hcl.types import Type

_ROOTS: Final = {"var": "variable", "local": "local value"}
_LONGEST_LIST: Final = 8


def name(frame: Frame, node: Name) -> object:
    """Evaluate a bare name."""
    if node.name not in frame.scope.names:
        return _unresolved(frame, node, node.name)
    return _named(frame, node, frame.scope.names[node.name])


def traversal(frame: Frame, node: Traversal) -> object:
    """Evaluate steps from a root; an unknown root and the plain steps after it stay as written."""
    root, steps = node.root, node.steps
    if not isinstance(root, Name):
        return _walk(frame, frame.evaluate(root), steps, root.start)
    if root.name in frame.scope.names:
        datum = frame.scope.names[root.name]
        if root.name in _ROOTS and isinstance(steps[0], Attr):
            datum = _declared(frame, root, steps[0], datum)
            steps = steps[1:]
        return _named(frame, node, _walk(frame, datum, steps, root.start))
    count = plain_steps(node)
    known = Node(root.start, steps[count - 1].end if count else root.end)
    return _walk(frame, _unresolved(frame, known, frame.written(known)), steps[count:], root.start)


def _unresolved(frame: Frame, node: Node, written: str) -> str:
    """Give the source text of what this scope doesn't know, where it may stay."""
    if frame.scope.unknown is not None:
        frame.fail(node, frame.scope.unknown(written))
    return f"${{{written}}}"


def plain_steps(node: Traversal) -> int:
    """Count the steps right after the root that need no evaluation."""
    for count, step in enumerate(node.steps):
        if isinstance(step, Splat) or (isinstance(step, Index) and not _is_plain(step.key)):
            return count
    return len(node.steps)


def _is_plain(key: Node) -> bool:
    return isinstance(key, Literal) and key.value is not None and not isinstance(key.value, bool)


def _named(frame: Frame, node: Node, datum: object) -> object:
    if isinstance(datum, Broken):
        raise EvaluationError(frame.source, node, "")
    if isinstance(datum, (list, dict)):
        frame.scope.environment.weigh(datum)
    return datum


def _declared(frame: Frame, root: Name, step: Attr, known: Any) -> object:  # noqa: ANN401 - data of any type
    """Give a variable or a local value."""
    if step.name in known:
        return known[step.name]
    what = _ROOTS[root.name]
    hint = frame.suggestion(step.name, known) or (
        _listing(known) if known else f"; no {what} is declared here"
    )
    place = Node(root.start, step.end)
    return frame.fail(place, f"there is no {what} '{step.name}'{hint}")


def _listing(known: Sequence[str]) -> str:
    return f"; known: {', '.join(map(shortened, sorted(known)))}" if len(known) <= _LONGEST_LIST else ""


def _walk(frame: Frame, datum: Any, steps: list[Step], start: int) -> object:  # noqa: ANN401 - data of any type
    for step in steps:
        if isinstance(datum, Broken):
            raise EvaluationError(frame.source, step, "")
        if isinstance(step, Splat):
            datum = _splat(frame, datum, step, start)
        elif isinstance(step, Attr):
            datum = _attribute(frame, datum, step, Node(start, step.end))
        else:
            datum = _item(frame, datum, step, Node(start, step.end))
    return datum


def _attribute(frame: Frame, datum: Any, step: Attr, place: Node) -> object:  # noqa: ANN401 - data of any type
    if isinstance(datum, dict):
        if step.name in datum:
            return datum[step.name]
        frame.fail(place, _unknown(frame, step.name, datum))
    if isinstance(datum, list) and not isinstance(datum, TypedSet):
        hint = f"; take it of one item, as in [0].{step.name}, or of all, as in [*].{step.name}"
        frame.fail(place, f"{describe_datum(datum)} has no attribute '{step.name}'{hint}")
    return frame.fail(place, f"{_found(datum)} has no attribute '{step.name}'")


def _item(frame: Frame, datum: Any, step: Index, place: Node) -> object:  # noqa: ANN401 - data of any type
    key = frame.evaluate(step.key)
    if key is None:
        frame.fail(step.key, "the index is null")
    if isinstance(datum, TypedSet):
        hint = "; a for expression or [*] reads its values"
        frame.fail(place, f"a set has no order, so that no index can be taken{hint}")
    if isinstance(datum, list):
        return datum[_position(frame, datum, key, step)]
    if not isinstance(datum, dict):
        frame.fail(place, f"{_found(datum)} has no items, so that no index can be taken")
    name_ = _key(frame, key, step)
    if name_ not in datum:
        frame.fail(place, _unknown(frame, name_, datum))
    return datum[name_]


def _position(frame: Frame, datum: list[Any], key: object, step: Index) -> int:
    try:
        position = convert(key, NUMBER)
    except ConversionError as error:
        frame.fail(step.key, f"the index of a list: {error}")
    if not isinstance(position, int):
        frame.fail(
            step.key, f"the index of a list has to be a whole number, found {describe_datum(position)}"
        )
    if position < 0:
        frame.fail(step.key, f"an index counts from 0 and can't be negative, found {position}")
    if position >= len(datum):
        frame.fail(step.key, f"there is no item {position}: {_counted(datum)}")
    return position


def _counted(items: list[Any]) -> str:
    if not items:
        return "the list is empty"
    last = len(items) - 1
    return f"there are {len(items)} items, from index 0 to {last}" if last else "the only item has index 0"


def _key(frame: Frame, key: object, step: Index) -> str:
    try:
        text: str = convert(key, STRING)
    except ConversionError as error:
        frame.fail(step.key, f"the key: {error}")
    return text


def _unknown(frame: Frame, key: str, known: dict[str, Any]) -> str:
    what = "key" if isinstance(known, TypedMap) else "attribute"
    hint = frame.suggestion(key, known)
    owner = "map" if isinstance(known, TypedMap) else "object"
    if not hint:
        hint = _listing(known) if known else f"; the {owner} is empty"  # type: ignore[arg-type]
    return f"there is no {what} '{shortened(key)}' in this {owner}{hint}"


def _found(datum: object) -> str:
    if isinstance(datum, str) and datum.startswith("${"):
        return f"what {datum} stands for is known only where the task runs: it"
    return describe_datum(datum)


def _refuse_steps(frame: Frame, element: Type, splat: Splat, start: int) -> None:
    """Refuse steps on the items of an empty list that could have no parts."""
    if element in {STRING, NUMBER, BOOL}:
        place = Node(start, splat.steps[0].end)
        frame.fail(place, f"the items of the list are {element}s, which have no parts")


def _splat(frame: Frame, datum: Any, splat: Splat, start: int) -> object:  # noqa: ANN401 - data of any type
    """Take the steps on every item; of null there are none, any other single value is one item."""
    if datum is None:
        return []
    if isinstance(datum, (TypedList, TypedSet)) and not datum and splat.steps:
        _refuse_steps(frame, datum.element, splat, start)
    items = datum if isinstance(datum, list) else [datum]
    environment = frame.scope.environment
    environment.step(len(items))
    found = [_walk(frame, item, splat.steps, start) for item in items]
    if isinstance(datum, (TypedList, TypedSet)):
        element = datum.element if not splat.steps else type_of(found[0]) if found else DYNAMIC
        return TypedList(found, element)
    return found
