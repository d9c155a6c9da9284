"""Evaluate operators and conditionals."""

from __future__ import annotations

from ostler.hcl.conversion import ConversionError, convert
from ostler.hcl.datum import describe_datum, shortened, type_of
from ostler.hcl.frame import EvaluationError
from ostler.hcl.syntax import Binary, Node
from ostler.hcl.types import BOOL, NUMBER, describe
from ostler.hcl.unification import unify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from ostler.hcl.frame import Frame
    from ostler.hcl.syntax import Conditional, Unary

_FAILED: Final = object()


def unary(frame: Frame, node: Unary) -> object:
    """Evaluate ``-a`` or ``!a``."""
    if node.operator == "!":
        return not frame.converted(node.operand, BOOL, "the value after '!'")
    from ostler.hcl.arithmetic import negative

    return negative(frame.converted(node.operand, NUMBER, "the value after '-'"))


def binary(frame: Frame, node: Binary) -> object:
    """Evaluate ``a + b`` and its like; a long chain of them is no nesting."""
    chain: list[Binary] = []
    left: Node = node
    while isinstance(left, Binary):
        chain.append(left)
        left = left.left
    datum = frame.evaluate(left)
    for each in reversed(chain):
        frame.scope.environment.step()
        datum = _apply(frame, each, datum)
    return datum


def _apply(frame: Frame, node: Binary, left: object) -> object:
    right = frame.evaluate(node.right)
    operator = node.operator
    if operator in {"==", "!="}:
        return equal(left, right) == (operator == "==")
    kind = BOOL if operator in {"&&", "||"} else NUMBER
    one = _operand(frame, node.left, left, kind, f"the value before '{operator}'")
    other = _operand(frame, node.right, right, kind, f"the value after '{operator}'")
    if operator == "&&":
        return one and other
    return one or other if operator == "||" else _compute(frame, node, one, other)


def _operand(frame: Frame, node: Node, datum: Any, kind: Any, what: str) -> Any:  # noqa: ANN401 - data of any type
    if datum is None:
        frame.fail(node, f"{what} is null: expected {describe(kind)}")
    try:
        return convert(datum, kind)
    except ConversionError as error:
        frame.fail(node, f"{what}: {error}")


def _compute(frame: Frame, node: Binary, left: Any, right: Any) -> object:  # noqa: ANN401 - numbers
    from ostler.hcl import arithmetic

    operator = node.operator
    if operator[0] == "<":
        compare = arithmetic.less if operator == "<" else arithmetic.less_or_equal
        return compare(left, right)
    if operator[0] == ">":
        compare = arithmetic.less if operator == ">" else arithmetic.less_or_equal
        return compare(right, left)
    try:
        return arithmetic.OPERATIONS[operator](left, right)
    except arithmetic.NumberError as error:
        frame.fail(node, str(error))


def equal(left: object, right: object) -> bool:
    """Compare two values as ``==`` does: values of different types are never equal, nulls always are."""
    if isinstance(left, (list, dict)) or isinstance(right, (list, dict)):
        return type_of(left) == type_of(right) and _same(left, right)
    return _same(left, right)


def _same(left: object, right: object) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(item, right[name]) for name, item in left.items())
    if type(left) is type(right) and isinstance(left, (str, int, type(None))):
        return left == right
    if any(isinstance(each, (str, bool, list, dict, type(None))) for each in (left, right)):
        return False
    from ostler.hcl.arithmetic import rounded

    return bool(rounded(left) == rounded(right))  # type: ignore[arg-type]


def conditional(frame: Frame, node: Conditional) -> object:
    """Evaluate ``a ? b : c``: what isn't chosen may fail, but both have to be of one type."""
    condition = frame.converted(node.condition, BOOL, "the condition")
    chosen, other = (node.yes, node.no) if condition else (node.no, node.yes)
    datum = frame.evaluate(chosen)
    passed = _attempt(frame, other)
    if datum is None or passed is None or passed is _FAILED or type(datum) is type(passed) is str:
        return datum
    kinds = type_of(datum), type_of(passed)
    if kinds[0] == kinds[1]:
        return datum
    kind = unify(kinds)
    if kind is None:
        found = (datum, passed) if condition else (passed, datum)
        words = [describe_datum(each) for each in found]
        if words[0] == words[1]:
            words = [shortened(str(type_of(each))) for each in found]
        frame.fail(
            node, f"the two results of a conditional have to be of one type, found {' and '.join(words)}"
        )
    try:
        return convert(datum, kind)
    except ConversionError as error:
        frame.fail(chosen, f"the two results of a conditional have to be of one type: {error}")


def _attempt(frame: Frame, node: Node) -> object:
    try:
        return frame.evaluate(node)
    except EvaluationError:
        return _FAILED
