"""Functions of sets."""

from __future__ import annotations

from itertools import product
from math import prod

from ostler.hcl.datum import TypedList, TypedSet, sort_key, type_of
from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import converted_or_refused, listed
from ostler.hcl.types import DYNAMIC, SetType, TupleType
from ostler.hcl.unification import unify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from ostler.hcl.environment import Environment
    from ostler.hcl.types import Type


def _setunion(*sets: TypedSet) -> TypedSet:
    """Give what stands in any of the sets or lists: each value once, in order.

    setunion(["b", "a"], ["c", "a"]) -> ["a", "b", "c"]

    The elements are converted to one type first.
    Source: go-cty SetUnionFunc.
    """
    element, found = _alike(sets)
    return TypedSet([item for each in found for item in each], element)


def _setintersection(*sets: TypedSet) -> TypedSet:
    """Give what stands in all of the sets or lists: each value once, in order.

    setintersection(["b", "a"], ["c", "a"]) -> ["a"]

    The elements are converted to one type first.
    Source: go-cty SetIntersectionFunc.
    """
    element, found = _alike(sets)
    common = set.intersection(*({sort_key(item) for item in each} for each in found))
    return TypedSet([item for item in found[0] if sort_key(item) in common], element)


def _setproduct(environment: Environment, *sets: Any) -> list[Any]:  # noqa: ANN401 - any sets
    """Give every combination of one element from each of two or more sets or lists.

    setproduct(["a", "b"], [1, 2]) -> [["a", 1], ["a", 2], ["b", 1], ["b", 2]]

    The result is a list in the order of the elements, or a set where any of the arguments is one.
    Source: go-cty SetProductFunc.
    """
    if len(sets) < 2:  # noqa: PLR2004 - a product has two factors
        msg = f"expected two sets or lists at least, found {len(sets)}"
        raise FunctionError(msg)
    factors = [_of_one_type(each, index) for index, each in enumerate(sets)]
    environment.build_elements(prod(map(len, factors)) * (len(factors) + 1))
    kind = TupleType([each.element for each in factors])
    rows = [list(row) for row in product(*factors)]
    return TypedSet(rows, kind) if any(isinstance(each, TypedSet) for each in sets) else TypedList(rows, kind)


def _of_one_type(value: Any, argument: int) -> TypedList | TypedSet:  # noqa: ANN401 - any set
    found = listed(value, argument, sets=True)
    if isinstance(found, (TypedList, TypedSet)):
        return found
    common = unify([type_of(item) for item in found]) if found else DYNAMIC
    if common is None:
        msg = "expected elements of one type"
        raise FunctionError(msg, argument)
    return TypedList([converted_or_refused(item, common, argument) for item in found], common)


def _alike(sets: tuple[TypedSet, ...]) -> tuple[Type, list[Any]]:
    """Give the sets with elements of one type, and the type."""
    common = unify([each.element for each in sets if each or each.element != DYNAMIC] or [DYNAMIC])
    if common is None:
        msg = "the elements of these sets have no common type that they could be converted to"
        raise FunctionError(msg)
    return common, [converted_or_refused(each, SetType(common), index) for index, each in enumerate(sets)]


_SET: Final = Parameter("sets", SetType(DYNAMIC))
FUNCTIONS: Final = {
    "setintersection": Function(_setintersection, Parameter("set", SetType(DYNAMIC)), variadic=_SET),
    "setproduct": Function(_setproduct, variadic=Parameter("sets"), environment=True),
    "setunion": Function(_setunion, Parameter("set", SetType(DYNAMIC)), variadic=_SET),
}
