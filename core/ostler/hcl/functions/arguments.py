"""What functions of several kinds ask of their arguments."""

from __future__ import annotations

from ostler.hcl.datum import describe_datum
from ostler.hcl.functions import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any, Final

    from ostler.hcl.datum import Datum
    from ostler.hcl.types import Type

_LARGEST: Final = 2**63 - 1


def whole(number: int | Decimal, argument: int) -> int:
    """Give a number that has to be whole and to fit into 64 bits; FunctionError otherwise."""
    if isinstance(number, int) and -_LARGEST - 1 <= number <= _LARGEST:
        return number
    msg = f"expected a whole number of at most 64 bits, found {shown_number(number)}"
    raise FunctionError(msg, argument)


def natural(number: int | Decimal, argument: int) -> int:
    """Give a whole number that is not negative; FunctionError otherwise."""
    found = whole(number, argument)
    if found < 0:
        msg = f"expected a number that is not negative, found {found}"
        raise FunctionError(msg, argument)
    return found


def shown_number(number: int | Decimal) -> str:
    """Give a number's digits, cut where there are many."""
    text = str(number)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} digits)"


def short(text: str) -> str:
    """Give the beginning of a text, for a message."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."


_LONGEST: Final = 40
_LONGEST_TEXT: Final = 60


def listed(value: Any, argument: int, *, sets: bool = False) -> list[Any]:  # noqa: ANN401 - any value
    """Give a value that has to be a list (or, with ``sets``, a list or a set); FunctionError otherwise."""
    from ostler.hcl.datum import TypedSet

    if isinstance(value, list) and (sets or not isinstance(value, TypedSet)):
        return value
    expected = "a list or a set" if sets else "a list"
    advice = "; convert it to a list first" if isinstance(value, TypedSet) else ""
    msg = f"expected {expected}, found {describe_datum(value)}{advice}"
    raise FunctionError(msg, argument)


def mapped(value: Any, argument: int) -> dict[str, Any]:  # noqa: ANN401 - any value
    """Give a value that has to be a map or an object; FunctionError otherwise."""
    if isinstance(value, dict):
        return value
    msg = f"expected a map or an object, found {describe_datum(value)}"
    raise FunctionError(msg, argument)


def converted(value: Datum, kind: Type) -> Datum:
    """Convert a value, or give null where it can't be."""
    from ostler.hcl.conversion import ConversionError, convert

    try:
        found: Datum = convert(value, kind)
    except ConversionError:
        return None
    return found


def converted_or_refused(value: Datum, kind: Type, argument: int) -> Any:  # noqa: ANN401 - data of that type
    """Convert a value; FunctionError where it can't be."""
    from ostler.hcl.conversion import ConversionError, convert

    try:
        return convert(value, kind)
    except ConversionError as error:
        raise FunctionError(str(error), argument) from None
