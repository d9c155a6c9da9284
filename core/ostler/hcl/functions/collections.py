"""Functions of lists, sets, maps and objects."""

from __future__ import annotations

from typing import Any, Final

from ostler.hcl.datum import describe_datum
from ostler.hcl.functions import Function, FunctionError, Parameter


def _length(collection: Any) -> int:  # noqa: ANN401 - any collection
    if not isinstance(collection, (list, dict)):
        msg = f"expected a list, a set, a map or an object, found {describe_datum(collection)}"
        raise FunctionError(msg, 0)
    return len(collection)


FUNCTIONS: Final = {"length": Function(_length, Parameter("collection"))}
