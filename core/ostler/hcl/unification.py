"""Find the type that values of several types can be converted to; the rules are cty's."""

from __future__ import annotations

from ostler.hcl.casting import cast
from ostler.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    CollectionType,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def unify(types: Sequence[Type]) -> Type | None:
    """Give the type that all of ``types`` convert to, or None when there is none.

    ``any``, the type of null, says nothing.  Objects with the same attributes stay objects, others
    become a map; tuples of one length stay tuples, others become a list.
    """
    told = [each for each in types if each != DYNAMIC]
    if not told:
        return DYNAMIC
    if all(each == told[0] for each in told[1:]):
        return told[0]
    for kinds, find in _GROUPS:
        if all(isinstance(each, kinds) for each in told):
            return find(told)
    return _primitives(told)


def _primitives(types: list[Type]) -> Type | None:
    if STRING in types and all(each in {STRING, NUMBER, BOOL} for each in types):
        return STRING
    return None


def _objects(types: list[Type]) -> Type | None:
    objects = cast("list[ObjectType]", types)
    names = objects[0].attributes.keys()
    if all(each.attributes.keys() == names for each in objects):
        found = {name: unify([each.attributes[name] for each in objects]) for name in names}
        return None if None in found.values() else ObjectType(cast("dict[str, Type]", found))
    return _maps(types)


def _maps(types: list[Type]) -> Type | None:
    inner: list[Type] = []
    for each in types:
        inner += [each.element] if isinstance(each, MapType) else cast("ObjectType", each).attributes.values()
    element = unify(inner)
    return None if element is None else MapType(element)


def _tuples(types: list[Type]) -> Type | None:
    tuples = cast("list[TupleType]", types)
    if len({len(each.items) for each in tuples}) == 1:
        found = [unify(column) for column in zip(*(each.items for each in tuples), strict=True)]
        return None if None in found else TupleType(cast("list[Type]", found))
    return _lists(types)


def _elements(types: list[Type]) -> Type | None:
    inner: list[Type] = []
    for each in types:
        inner += [each.element] if isinstance(each, CollectionType) else cast("TupleType", each).items
    return unify(inner)


def _lists(types: list[Type]) -> Type | None:
    element = _elements(types)
    return None if element is None else ListType(element)


def _sets(types: list[Type]) -> Type | None:
    element = _elements(types)
    return None if element is None else SetType(element)


def _list_first(types: list[Type]) -> Type | None:
    return next(each for each in types if isinstance(each, ListType))


_GROUPS = (
    (ObjectType, _objects),
    (TupleType, _tuples),
    ((ObjectType, MapType), _maps),
    ((TupleType, ListType), _lists),
    ((TupleType, SetType), _sets),
    ((ListType, SetType), _list_first),
)
