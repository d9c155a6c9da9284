"""Functions of maps and objects."""

from __future__ import annotations

from ostler.hcl.datum import TypedList, TypedMap, type_of
from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import converted_or_refused, listed, mapped
from ostler.hcl.types import STRING, ListType, MapType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from ostler.hcl.datum import Datum


def _keys(mapping: Any) -> list[Any]:  # noqa: ANN401 - any map
    """Give the keys of a map or an object in their order, by code points.

    keys({ b = 1, a = 2 }) -> ["a", "b"]

    Source: go-cty KeysFunc.
    """
    names = sorted(mapped(mapping, 0))
    return TypedList(names, STRING) if isinstance(mapping, TypedMap) else list(names)


def _values(mapping: Any) -> list[Any]:  # noqa: ANN401 - any map
    """Give the values of a map or an object, in the order of their keys.

    values({ b = 1, a = 2 }) -> [2, 1]

    Source: go-cty ValuesFunc.
    """
    found = mapped(mapping, 0)
    values = [found[name] for name in sorted(found)]
    return TypedList(values, mapping.element) if isinstance(mapping, TypedMap) else values


def _lookup(mapping: Any, key: str, default: Datum) -> Datum:  # noqa: ANN401 - any map
    """Give the value of a key, or the default where the map or object has no such key.

    lookup({ a = 1 }, "a", 0) -> 1
    lookup({ a = 1 }, "b", 0) -> 0

    For a map, the default is converted to the type of its values. There has to be a default: without one,
    write `map["key"]`.
    Source: go-cty LookupFunc.
    """
    found = mapped(mapping, 0)
    if isinstance(found, TypedMap):
        default = converted_or_refused(default, found.element, 2)
    value: Datum = found.get(key, default)
    return value


def _merge(*mappings: Any) -> dict[str, Any]:  # noqa: ANN401 - any maps
    """Put maps and objects together; of equal keys, the last one counts. What is null is left out.

    merge({ a = 1, b = 2 }, { a = 3 }) -> { a = 3, b = 2 }

    Values that are objects themselves are not merged but replaced.
    Source: go-cty MergeFunc.
    """
    found = [mapped(each, index) for index, each in enumerate(mappings) if each is not None]
    merged: dict[str, Any] = {}
    for each in found:
        merged |= each
    kinds = [type_of(each) for each in found]
    if kinds and isinstance(kinds[0], MapType) and all(kind == kinds[0] for kind in kinds):
        return TypedMap(merged, kinds[0].element)
    return merged


def _zipmap(keys: list[Any], values: Any) -> dict[str, Any]:  # noqa: ANN401 - any list
    """Make a map of a list of keys and a list of as many values; of equal keys, the last one counts.

    zipmap(["a", "b"], [1, 2]) -> { a = 1, b = 2 }

    Source: go-cty ZipmapFunc.
    """
    found = listed(values, 1)
    if len(keys) != len(found):
        msg = f"expected as many values as there are keys, {len(keys)}, found {len(found)}"
        raise FunctionError(msg, 1)
    if None in keys:
        msg = f"key {keys.index(None)} is null"
        raise FunctionError(msg, 0)
    mapping = dict(zip(keys, found, strict=True))
    return TypedMap(mapping, found.element) if isinstance(found, TypedList) else mapping


_MAPPING: Final = Parameter("map")
FUNCTIONS: Final = {
    "keys": Function(_keys, _MAPPING),
    "lookup": Function(_lookup, _MAPPING, Parameter("key", STRING), Parameter("default")),
    "merge": Function(_merge, variadic=Parameter("maps", null=True)),
    "values": Function(_values, _MAPPING),
    "zipmap": Function(_zipmap, Parameter("keys", ListType(STRING)), Parameter("values")),
}
