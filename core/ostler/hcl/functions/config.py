"""Functions that only the second reading of a driver's config has, on the machine that runs the task."""

from __future__ import annotations

from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.types import DYNAMIC, NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any, Final


def _hasindex(collection: Any, key: Any) -> bool:  # noqa: ANN401 - data of any type
    """Say whether a list has an item at an index, or an object or a map one of a name.

    hasindex(["a"], 0) -> true
    hasindex({ a = 1 }, "b") -> false

    Source: go-cty HasIndexFunc.
    """
    if isinstance(collection, dict):
        return isinstance(key, str) and key in collection
    if isinstance(collection, list):
        whole = isinstance(key, int) and not isinstance(key, bool)
        return whole and 0 <= key < len(collection)
    msg = "expected a list, an object or a map"
    raise FunctionError(msg, 0)


def _int(number: int | Decimal) -> int:
    """Cut the fraction off a number.

    int(2.7) -> 2
    int(-2.7) -> -2

    Source: go-cty IntFunc.
    """
    return int(number)


FUNCTIONS: Final = {
    "hasindex": Function(_hasindex, Parameter("collection", DYNAMIC), Parameter("key", DYNAMIC)),
    "int": Function(_int, Parameter("number", NUMBER)),
}
