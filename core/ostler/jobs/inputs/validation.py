"""The rules that a variable's value has to obey: ``validation { condition, error_message }``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ostler.errors import Problem
from ostler.hcl import JOB_FUNCTIONS, HclError, Schema, Scope
from ostler.hcl.conversion import ConversionError, convert
from ostler.hcl.datum import describe_datum
from ostler.hcl.types import BOOL
from ostler.jobs.inputs.constants import constant
from ostler.places import Place

if TYPE_CHECKING:
    from ostler.hcl import Block, Environment, Expression

_KEYS: Final = frozenset({"condition", "error_message"})
_VALIDATION: Final = Schema(attributes=_KEYS, deferred=_KEYS)


class Rule(NamedTuple):
    """A condition that has to be true of a variable's value, and what to say where it isn't."""

    condition: Expression
    message: str
    where: Place


def rule(name: str, block: Block, problems: list[Problem]) -> Rule | None:
    """Read a validation block of a variable; None where that is impossible."""
    path, before = f"variable.{name}.validation", len(problems)
    content = block.body.content(_VALIDATION)
    problems += [Problem(Place.of(each.range), path, each.message) for each in content.diagnostics]
    found = {key: each.expression for key, each in content.attributes.items() if each.expression}
    for key in sorted(_KEYS - content.attributes.keys()):
        problems.append(Problem(Place.of(block.type_range), f"{path}.{key}", "required, but missing"))
    if condition := found.get("condition"):
        _check_condition(name, condition, f"{path}.condition", problems)
    message = ""
    if written := found.get("error_message"):
        message = text(written, f"{path}.error_message", problems)
        if message:
            _check_message(message, written, f"{path}.error_message", problems)
    sound = len(problems) == before
    return Rule(condition, message, Place.of(block.type_range)) if condition and sound else None


def text(expression: Expression, path: str, problems: list[Problem]) -> str:
    """Give the text that an expression is; what it is else is a problem."""
    try:
        found = constant(expression)
    except HclError as error:
        problems += [Problem(Place.of(each.range), path, each.message) for each in error.diagnostics]
        return ""
    if not isinstance(found, str) or not found:
        shown = "an empty one" if found == "" else describe_datum(found)
        problems.append(Problem(Place.of(expression.range), path, f"expected a text, found {shown}"))
        return ""
    return found


def _check_condition(name: str, condition: Expression, path: str, problems: list[Problem]) -> None:
    references = condition.references(("var", "local"))
    for each in references:
        if (each.root, each.name) != ("var", name):
            msg = f"a condition can only refer to the variable itself, var.{name}"
            problems.append(Problem(Place.of(each.range), path, msg))
    if not references:
        msg = f"the condition tests nothing: it has to refer to var.{name}"
        problems.append(Problem(Place.of(condition.range), path, msg))


def _check_message(message: str, written: Expression, path: str, problems: list[Problem]) -> None:
    if (message[0].isalpha() and message[0].islower()) or message[-1] not in ".?!":
        msg = "expected one or more sentences, which begin with a capital letter and end with '.', '?' or '!'"
        problems.append(Problem(Place.of(written.range), path, msg))


def broken(rule: Rule, name: str, value: Any, environment: Environment) -> str:  # noqa: ANN401 - any data
    """Say what the rule says of a value that breaks it; empty for one that obeys.

    HclError where the condition can't be evaluated.
    """
    scope = Scope(
        {"var": {name: value}},
        functions=JOB_FUNCTIONS,
        environment=environment,
        unknown=lambda written: f"'{written}' is not known here: only var.{name} is",
    )
    try:
        result = convert(rule.condition.evaluate(scope), BOOL)
    except ConversionError as error:
        return f"the condition of its validation has to be true or false: {error} (at {rule.where})"
    if result is None:
        return f"the condition of its validation is null; it has to be true or false (at {rule.where})"
    return "" if result else f"{rule.message} (checked at {rule.where})"
