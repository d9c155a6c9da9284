"""The operators of a constraint, each a function of the two sides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from ostler.node import versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.hcl.patterns import Patterns

T = TypeVar("T", int, float, str)

ORDERS: Final = ("<", "<=", ">", ">=")
ALWAYS_MET: Final = frozenset({"distinct_hosts", "distinct_property"})
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


class Operands(NamedTuple):
    """Both sides of a constraint; None stands for a value that the node doesn't have.

    ``patterns`` compiles what is a regular expression.
    """

    left: str | None
    right: str | None
    patterns: Patterns


def _known(judged: Callable[[str, str], bool]) -> Callable[[Operands], bool]:
    """Make an operator that holds only where both sides are known."""

    def judge(sides: Operands) -> bool:
        return sides.left is not None and sides.right is not None and judged(sides.left, sides.right)

    return judge


def _ordered(operator: str) -> Callable[[str, str], bool]:
    """Compare as whole numbers where both are, else as numbers, else as texts."""

    def judge(left: str, right: str) -> bool:
        if _WHOLE.fullmatch(left) and _WHOLE.fullmatch(right):
            return _holds(operator, int(left), int(right))
        if numeric(left) and numeric(right):
            return _holds(operator, float(left), float(right))
        return _holds(operator, left, right)

    return judge


def _holds(operator: str, left: T, right: T) -> bool:
    if operator.startswith("<"):
        return left < right or (operator == "<=" and left == right)
    return left > right or (operator == ">=" and left == right)


def numeric(text: str) -> bool:
    """Tell whether ``text`` is a number, and so compared as one."""
    return _NUMBER.fullmatch(text) is not None


def _matches(sides: Operands) -> bool:
    return (
        sides.left is not None and sides.right is not None and sides.patterns.search(sides.right, sides.left)
    )


def _version(left: str, right: str) -> bool:
    found = versions.parse(left)
    wanted = versions.demands(right, operators=versions.VERSION)
    return all(versions.fulfils(found, demand) for demand in wanted)


def _semver(left: str, right: str) -> bool:
    found = versions.parse(left)
    wanted = versions.demands(right, operators=versions.SEMVER)
    return all(versions.compares(found, demand) for demand in wanted)


def _words(text: str) -> set[str]:
    return {word.strip() for word in text.split(",")}


def _equal(left: str, right: str) -> bool:
    return left == right


def _contains_all(left: str, right: str) -> bool:
    return _words(right) <= _words(left)


def _contains_any(left: str, right: str) -> bool:
    return bool(_words(right) & _words(left))


def _differs(sides: Operands) -> bool:
    return sides.left != sides.right


OPERATORS: Final[dict[str, Callable[[Operands], bool]]] = {
    **dict.fromkeys(("=", "==", "is"), _known(_equal)),
    **dict.fromkeys(("!=", "not"), _differs),
    **{operator: _known(_ordered(operator)) for operator in ORDERS},
    "regexp": _matches,
    "version": _known(_version),
    "semver": _known(_semver),
    **dict.fromkeys(("set_contains", "set_contains_all"), _known(_contains_all)),
    "set_contains_any": _known(_contains_any),
    "is_set": lambda sides: sides.left is not None,
    "is_not_set": lambda sides: sides.left is None,
}
