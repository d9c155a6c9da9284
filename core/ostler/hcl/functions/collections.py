"""Functions of lists, and those of any collection."""

from __future__ import annotations

from ostler.hcl.datum import TypedList, TypedMap, TypedSet, describe_datum, sort_key, type_of
from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import converted_or_refused, listed, natural, short, whole
from ostler.hcl.types import DYNAMIC, NUMBER, STRING, ListType
from ostler.hcl.unification import unify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any, Final

    from ostler.hcl.datum import Datum


def _length(collection: Any) -> int:  # noqa: ANN401 - any collection
    """Count the elements of a list, a set or a map.

    length(["a", "b"]) -> 2

    A text is counted by `strlen`; for an object write `length(keys(object))`, because Nomad refuses it.
    Source: go-cty LengthFunc.
    """
    if isinstance(collection, (list, TypedMap)):
        return len(collection)
    advice = "; strlen counts the characters of a text" if isinstance(collection, str) else ""
    if isinstance(collection, dict):
        advice = "; length(keys(object)) counts its attributes"
    msg = f"expected a list, a set or a map, found {describe_datum(collection)}{advice}"
    raise FunctionError(msg, 0)


def _element(items: Any, index: int | Decimal) -> Datum:  # noqa: ANN401 - any list
    """Give the element of a list at an index, which begins at the front again behind the end.

    element(["a", "b", "c"], 4) -> "b"

    A negative index and an empty list are errors.
    Source: go-cty ElementFunc.
    """
    found = listed(items, 0)
    place = natural(index, 1)
    if not found:
        msg = "an empty list has no element"
        raise FunctionError(msg, 0)
    element: Datum = found[place % len(found)]
    return element


def _index(collection: Any, key: Datum) -> Datum:  # noqa: ANN401 - any collection
    """Give the element of a list at an index, or of a map at a key: `collection[key]`.

    index(["a", "b"], 1) -> "b"

    This does not search for a value, other than the function of this name in Terraform; an object is
    refused, as in Nomad: write `object[key]`.
    Source: go-cty IndexFunc.
    """
    if isinstance(collection, TypedMap):
        return _of_map(collection, key)
    if isinstance(collection, dict):
        msg = "expected a list or a map, found an object; write object[key]"
        raise FunctionError(msg, 0)
    found = listed(collection, 0)
    if isinstance(key, (str, bool, list, dict)) or key is None:
        msg = f"expected the index of an element, a number, found {describe_datum(key)}"
        raise FunctionError(msg, 1)
    place = whole(key, 1)
    if not 0 <= place < len(found):
        msg = f"there is no element {place} in a list of {len(found)}"
        raise FunctionError(msg, 1)
    element: Datum = found[place]
    return element


def _of_map(found: dict[str, Any], key: Datum) -> Datum:
    if not isinstance(key, str):
        msg = f"expected the key of an element, a string, found {describe_datum(key)}"
        raise FunctionError(msg, 1)
    if key not in found:
        msg = f"the map has no key {short(key)!r}"
        raise FunctionError(msg, 1)
    element: Datum = found[key]
    return element


def _contains(items: Any, value: Datum) -> bool:  # noqa: ANN401 - any list
    """Tell whether a list or a set has an element that equals the value.

    contains(["a", "b"], "b") -> true
    contains([1, 2], "1") -> false

    Values of different types are never equal: `1` is not `"1"`.
    Source: go-cty ContainsFunc.
    """
    wanted, kind = sort_key(value), type_of(value)
    return any(sort_key(item) == wanted and type_of(item) == kind for item in listed(items, 0, sets=True))


def _coalesce(*values: Datum) -> Datum:
    """Give the first of the values that is not null; the empty string is not null.

    coalesce(null, "a", "b") -> "a"
    coalesce(1, "b") -> "1"

    The values are converted to the type that all of them have in common, if there is one. That there
    is none although none is null, or that all are null, is an error.
    Source: go-cty CoalesceFunc.
    """
    common = unify([type_of(value) for value in values])
    if common is None and None in values and not any(isinstance(value, (list, dict)) for value in values):
        common = DYNAMIC
    if common is None:
        msg = "the values have no common type that they could be converted to"
        raise FunctionError(msg)
    for index, value in enumerate(values):
        if value is not None:
            return converted_or_refused(value, common, index)  # type: ignore[no-any-return]
    msg = "all values are null" if values else "expected one value at least"
    raise FunctionError(msg)


def _coalescelist(*lists: Any) -> list[Any]:  # noqa: ANN401 - any lists
    """Give the first of the lists that has any element; if none has, that is an error.

    coalescelist([], ["a"], ["b"]) -> ["a"]

    Source: go-cty CoalesceListFunc.
    """
    found = [listed(each, index) for index, each in enumerate(lists)]
    for each in found:
        if each:
            return each
    msg = "all lists are empty" if lists else "expected one list at least"
    raise FunctionError(msg)


def _compact(strings: list[Any]) -> list[Any]:
    """Leave the empty strings and nulls out of a list of strings.

    compact(["a", "", "b", null]) -> ["a", "b"]

    Source: go-cty CompactFunc.
    """
    return TypedList([each for each in strings if each], STRING)


def _concat(*lists: Any) -> list[Any]:  # noqa: ANN401 - any lists
    """Put the elements of one or more lists into one list.

    concat(["a"], ["b", "c"]) -> ["a", "b", "c"]

    Source: go-cty ConcatFunc.
    """
    if not lists:
        msg = "expected one list at least"
        raise FunctionError(msg)
    found = [listed(each, index) for index, each in enumerate(lists)]
    kinds = [type_of(each) for each in found if isinstance(each, TypedList)]
    common = unify(kinds) if len(kinds) == len(found) else None
    if isinstance(common, ListType):
        found = [converted_or_refused(each, common, index) for index, each in enumerate(found)]
        return TypedList([item for each in found for item in each], common.element)
    return [item for each in found for item in each]


def _distinct(items: list[Any]) -> list[Any]:
    """Leave out of a list whatever stood in it before.

    distinct(["a", "b", "a"]) -> ["a", "b"]

    The elements are converted to one type first.
    Source: go-cty DistinctFunc.
    """
    unique: dict[object, Any] = {}
    for item in items:
        unique.setdefault(sort_key(item), item)
    return _like(items, list(unique.values()))


def _chunklist(items: list[Any], size: int | Decimal) -> list[Any]:
    """Part a list into lists of the given size; the last one has what remains. Size 0 means one list.

    chunklist(["a", "b", "c"], 2) -> [["a", "b"], ["c"]]

    Source: go-cty ChunklistFunc.
    """
    count = natural(size, 1) or max(len(items), 1)
    chunks = [_like(items, items[start : start + count]) for start in range(0, len(items), count)]
    return TypedList(chunks, type_of(items))


def _flatten(items: Any) -> list[Any]:  # noqa: ANN401 - any list
    """Put the elements of lists within a list, however deep, in their place.

    flatten([["a", ["b"]], [], "c"]) -> ["a", "b", "c"]

    Objects and maps stay as they are, and so do lists within them.
    Source: go-cty FlattenFunc.
    """
    found: list[Any] = []
    waiting = [iter(listed(items, 0, sets=True))]
    while waiting:
        for item in waiting[-1]:
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            found.append(item)
        else:
            waiting.pop()
    return found


def _slice(items: Any, start: int | Decimal, end: int | Decimal) -> list[Any]:  # noqa: ANN401 - any list
    """Give the elements of a list from a start up to, but without, an end, counted from 0.

    slice(["a", "b", "c", "d"], 1, 3) -> ["b", "c"]

    Indices that lie outside of the list, or in the wrong order, are errors.
    Source: go-cty SliceFunc.
    """
    found = listed(items, 0)
    first, last = natural(start, 1), natural(end, 2)
    for argument, place in ((1, first), (2, last)):
        if place > len(found):
            msg = f"expected {len(found)} at most, the length of the list, found {place}"
            raise FunctionError(msg, argument)
    if first > last:
        msg = f"the start, {first}, lies behind the end, {last}"
        raise FunctionError(msg, 1)
    return _like(found, found[first:last])


def _sort(strings: list[Any]) -> list[Any]:
    """Sort strings by the code points of their letters: capitals stand before small letters.

    sort(["b", "a", "B", "10", "9"]) -> ["10", "9", "B", "a", "b"]

    Numbers are sorted as the strings that they are converted to. A null is an error.
    Source: go-cty SortFunc.
    """
    if None in strings:
        msg = f"element {strings.index(None)} is null, which can't be sorted"
        raise FunctionError(msg, 0)
    return TypedList(sorted(strings), STRING)


def _like(items: list[Any], chosen: list[Any]) -> list[Any]:
    return TypedList(chosen, items.element) if isinstance(items, (TypedList, TypedSet)) else chosen


_ITEMS: Final = Parameter("list")
_ONE_TYPE: Final = Parameter("list", ListType(DYNAMIC))
_STRINGS: Final = Parameter("strings", ListType(STRING))
_INDEX: Final = Parameter("index", NUMBER)
FUNCTIONS: Final = {
    "chunklist": Function(_chunklist, _ONE_TYPE, Parameter("size", NUMBER)),
    "coalesce": Function(_coalesce, variadic=Parameter("values", null=True)),
    "coalescelist": Function(_coalescelist, variadic=Parameter("lists", null=True)),
    "compact": Function(_compact, _STRINGS),
    "concat": Function(_concat, variadic=Parameter("lists")),
    "contains": Function(_contains, _ITEMS, Parameter("value")),
    "distinct": Function(_distinct, _ONE_TYPE),
    "element": Function(_element, _ITEMS, _INDEX),
    "flatten": Function(_flatten, _ITEMS),
    "index": Function(_index, Parameter("collection"), Parameter("key")),
    "length": Function(_length, Parameter("collection")),
    "slice": Function(_slice, _ITEMS, Parameter("start", NUMBER), Parameter("end", NUMBER)),
    "sort": Function(_sort, _STRINGS),
}
