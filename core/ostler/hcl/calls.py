"""Evaluate function calls."""

from __future__ import annotations

from ostler.hcl.conversion import ConversionError, convert
from ostler.hcl.datum import describe_datum, normalized
from ostler.hcl.frame import EvaluationError
from ostler.hcl.functions import FunctionError
from ostler.hcl.numerals import MAX_DIGITS
from ostler.hcl.type_expressions import read_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, NoReturn

    from ostler.hcl.frame import Frame
    from ostler.hcl.functions import Function, Parameter
    from ostler.hcl.syntax import Call, Node

    Argument = tuple[Node, Any]

_LARGEST: Final = 10**MAX_DIGITS


def call(frame: Frame, node: Call) -> object:
    """Evaluate a call: convert the arguments, and account for the result."""
    functions = frame.scope.functions
    if functions is None:
        frame.fail(node, f"no function can be called here, found {node.name}(...); write the value itself")
    special = _SPECIAL.get(node.name)
    if special:
        return special(frame, node)
    function = functions.find(node.name)
    if function is None:
        _refuse_name(frame, node, {*functions.names, *_SPECIAL})
    arguments = _arguments(frame, node)
    _count(frame, node, function, len(arguments))
    data = [_converted(frame, node, function, index, each) for index, each in enumerate(arguments)]
    return _called(frame, node, function, data, arguments)


def _refuse_name(frame: Frame, node: Call, known: set[str]) -> NoReturn:
    from ostler.hcl.functions.elsewhere import advice

    told = advice(node.name)
    hint = f"; {told}" if told else frame.suggestion(node.name, known)
    frame.fail(node, f"there is no function '{node.name}'{hint}")


def _called(
    frame: Frame, node: Call, function: Function, data: list[Any], arguments: list[Argument]
) -> object:
    environment = frame.scope.environment
    try:
        result = function.call(environment, *data) if function.environment else function.call(*data)
    except FunctionError as error:
        place, datum = (node, None) if error.argument is None else arguments[error.argument]
        frame.fail(place, f"{node.name}(): {_named(function, error)}{_unknown(datum)}")
    environment.weigh(result)
    if isinstance(result, str):
        return normalized(result)
    if isinstance(result, int) and not -_LARGEST < result < _LARGEST:
        frame.fail(node, f"{node.name}(): the result has more than {MAX_DIGITS} digits")
    return result


def _named(function: Function, error: FunctionError) -> str:
    parameter = None if error.argument is None else function.parameter(error.argument)
    return f"the argument '{parameter.name}': {error.message}" if parameter else error.message


def _unknown(datum: object) -> str:
    is_unknown = isinstance(datum, str) and datum.startswith("${")
    return "; this text is known only where the task runs" if is_unknown else ""


def _arguments(frame: Frame, node: Call) -> list[Argument]:
    last = len(node.arguments) - 1
    found: list[Argument] = []
    for index, each in enumerate(node.arguments):
        datum = frame.evaluate(each)
        if index < last or not node.spread:
            found.append((each, datum))
        elif isinstance(datum, list):
            found += [(each, item) for item in datum]
        else:
            frame.fail(each, f"what is spread by '...' has to be a list, found {describe_datum(datum)}")
    return found


def _count(frame: Frame, node: Call, function: Function, count: int) -> None:
    least = len(function.parameters)
    if count < least or (count > least and not function.variadic):
        names = [parameter.name for parameter in function.parameters]
        names += [f"{function.variadic.name}..."] if function.variadic else []
        frame.fail(node, f"expected {node.name}({', '.join(names)}), found {_counted(count)}")


def _counted(count: int) -> str:
    return "one argument" if count == 1 else f"{count or 'no'} arguments"


def _converted(frame: Frame, node: Call, function: Function, index: int, argument: Argument) -> object:
    place, datum = argument
    parameter: Parameter | None = function.parameter(index)
    if parameter is None:
        return datum
    if datum is None and not parameter.null:
        frame.fail(place, f"{node.name}(): the argument '{parameter.name}' is null")
    try:
        return convert(datum, parameter.type)
    except ConversionError as error:
        frame.fail(place, f"{node.name}(): the argument '{parameter.name}': {error}")


def _try(frame: Frame, node: Call) -> object:
    if not node.arguments:
        frame.fail(node, "expected try(expressions...), found no arguments")
    reasons = []
    for each in node.arguments:
        try:
            return frame.evaluate(each)
        except EvaluationError as error:
            reasons.append(error)
    if not any(each.message for each in reasons):
        raise reasons[0]
    told = "; ".join(dict.fromkeys(each.message for each in reasons if each.message))
    return frame.fail(node, f"try(): none of the expressions has a value: {told}")


def _can(frame: Frame, node: Call) -> object:
    if len(node.arguments) != 1:
        frame.fail(node, f"expected can(expression), found {_counted(len(node.arguments))}")
    try:
        frame.evaluate(node.arguments[0])
    except EvaluationError:
        return False
    return True


def _convert(frame: Frame, node: Call) -> object:
    if len(node.arguments) != 2:  # noqa: PLR2004 - a value and a type
        frame.fail(node, f"expected convert(value, type), found {_counted(len(node.arguments))}")
    value, kind = node.arguments
    wanted = read_type(frame, kind)
    datum = frame.evaluate(value)
    try:
        return convert(datum, wanted)
    except ConversionError as error:
        frame.fail(value, f"convert(): {error}")


_SPECIAL: Final[dict[str, Callable[[Frame, Call], object]]] = {"try": _try, "can": _can, "convert": _convert}
