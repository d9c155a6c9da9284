"""Read type expressions, such as ``list(string)`` or ``object({ a = optional(number, 1) })``."""

from __future__ import annotations

from ostler.hcl.conversion import ConversionError, convert
from ostler.hcl.spelling import suggestion
from ostler.hcl.syntax import Call, Literal, Name, Node, Object, Tuple
from ostler.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ostler.hcl.frame import Frame

_PRIMITIVES: Final = {"string": STRING, "number": NUMBER, "bool": BOOL, "any": DYNAMIC}
_COLLECTIONS: Final = {"list": ListType, "set": SetType, "map": MapType}
_SHAPES: Final = {
    "list": "list(string)",
    "set": "set(string)",
    "map": "map(string)",
    "object": "object({ name = string })",
    "tuple": "tuple([string, number])",
    "optional": "optional(string), within an object",
}
_EXPECTED: Final = "expected a type, such as string, number, bool, list(string) or object({ name = string })"


def read_type(frame: Frame, node: Node) -> Type:
    """Give the type that an expression means; EvaluationError when it means none."""
    if isinstance(node, Name):
        return _PRIMITIVES.get(node.name) or _refuse_name(frame, node, node.name)
    if isinstance(node, Call):
        return _constructed(frame, node)
    if isinstance(node, Literal) and isinstance(node.value, str):
        shown = f"; write it without quotes: {node.value}" if node.value in {*_PRIMITIVES, *_SHAPES} else ""
        frame.fail(node, f"{_EXPECTED}, found a string{shown}")
    return frame.fail(node, _EXPECTED)


def _refuse_name(frame: Frame, node: Node, name: str) -> Type:
    if name in _SHAPES:
        frame.fail(node, f"the type '{name}' is incomplete: write {_SHAPES[name]}")
    hint = suggestion(name, {*_PRIMITIVES, *_SHAPES} - {"optional"})
    return frame.fail(node, f"there is no type '{name}'{hint or '; ' + _EXPECTED}")


def _constructed(frame: Frame, node: Call) -> Type:
    if node.name in _PRIMITIVES:
        frame.fail(node, f"the type '{node.name}' takes no argument")
    if node.name not in _SHAPES or node.name == "optional":
        _refuse_name(frame, node, node.name)
    if len(node.arguments) != 1 or node.spread:
        frame.fail(node, f"the type '{node.name}' takes one argument: write {_SHAPES[node.name]}")
    inner = node.arguments[0]
    if node.name in _COLLECTIONS:
        return _COLLECTIONS[node.name](read_type(frame, inner))
    if node.name == "tuple" and isinstance(inner, Tuple):
        return TupleType(read_type(frame, item) for item in inner.items)
    if node.name == "object" and isinstance(inner, Object):
        return _object(frame, inner)
    return frame.fail(inner, f"the type '{node.name}' is written {_SHAPES[node.name]}")


def _object(frame: Frame, node: Object) -> Type:
    attributes: dict[str, Type] = {}
    optional: dict[str, object] = {}
    for key, item in node.items:
        name = key.name if isinstance(key, Name) else key.value if isinstance(key, Literal) else None
        if not isinstance(name, str):
            frame.fail(key, "the name of an attribute has to be a plain name")
        if name in attributes:
            frame.fail(key, f"the attribute '{name}' is given twice")
        if isinstance(item, Call) and item.name == "optional":
            attributes[name], optional[name] = _optional(frame, item)
        else:
            attributes[name] = read_type(frame, item)
    return ObjectType(attributes, optional)


def _optional(frame: Frame, node: Call) -> tuple[Type, object]:
    if len(node.arguments) not in {1, 2}:
        frame.fail(node, "write optional(type) or optional(type, default)")
    kind = read_type(frame, node.arguments[0])
    if len(node.arguments) == 1:
        return kind, None
    default = frame.evaluate(node.arguments[1])
    try:
        return kind, convert(default, kind)
    except ConversionError as error:
        frame.fail(node.arguments[1], f"the default: {error}")
