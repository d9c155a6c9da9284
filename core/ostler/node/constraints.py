"""Judge a job's constraints against this node, and name what is unmet with the value that was found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ostler.errors import Problem
from ostler.hcl.patterns import Patterns
from ostler.nearest import nearest
from ostler.node.operators import ALWAYS_MET, OPERATORS, ORDERS, Operands, numeric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ostler.node.values import Node

_MOST_TOLD: Final = 100
_REFERENCE: Final = re.compile(r"\$\{([^{}]+)\}")
_DRIVER: Final = re.compile(r"\$\{\s*attr\.driver\.([A-Za-z0-9_-]+)")
_ROOTS: Final = ("attr.", "meta.", "node.")


class Condition(Protocol):
    """What is read of a constraint."""

    @property
    def attribute(self) -> str:
        """The left side, usually ``${attr.kernel.name}``."""
        ...

    @property
    def operator(self) -> str:
        """One of Nomad's operators; empty means ``=``."""
        ...

    @property
    def value(self) -> str:
        """The right side."""
        ...

    @property
    def where(self) -> str:
        """``file:line:column``, or empty."""
        ...

    @property
    def path(self) -> str:
        """The dotted path, or empty."""
        ...


class Verdict(NamedTuple):
    """The unmet constraints, and what should be known of those that are met."""

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def unmet(constraints: Iterable[Condition], node: Node) -> list[str]:
    """List the constraints that don't hold on ``node``: each its place, itself and the value found."""
    return [str(problem) for problem in judge(constraints, node).problems]


def judge(constraints: Iterable[Condition], node: Node) -> Verdict:
    """Judge every constraint against ``node``, using the node's values only.

    After a hundred that don't hold the rest is not judged, and the last problem says so.
    """
    variables, patterns = node.variables(), Patterns()
    problems: list[Problem] = []
    notes: dict[str, None] = {}
    for constraint in constraints:
        if len(problems) >= _MOST_TOLD:
            text = f"{_MOST_TOLD} constraints don't hold; this one and those after it are not judged"
            problems.append(Problem(constraint.where, constraint.path, text))
            break
        if text := _judged(constraint, variables, patterns):
            problems.append(Problem(constraint.where, constraint.path, text))
        elif len(notes) < _MOST_TOLD:
            notes |= dict.fromkeys(_remarks(constraint, variables))
    return Verdict(tuple(problems), tuple(notes))


def drivers_in(*texts: str) -> frozenset[str]:
    """Name the drivers whose attributes the texts refer to, as ``${attr.driver.NAME...}``."""
    return frozenset(name for text in texts for name in _DRIVER.findall(text))


def _judged(constraint: Condition, variables: Mapping[str, str], patterns: Patterns) -> str:
    """Say why the constraint doesn't hold; nothing where it does."""
    operator = constraint.operator or "="
    if operator in ALWAYS_MET:
        return ""
    judge_operands = OPERATORS.get(operator)
    if judge_operands is None:
        guess = nearest(operator, [*OPERATORS, *ALWAYS_MET])
        return f"unknown operator {operator!r}" + (f"; did you mean {guess!r}?" if guess else "")
    left, right = _resolve(constraint.attribute, variables), _resolve(constraint.value, variables)
    try:
        if judge_operands(Operands(left, right, patterns)):
            return ""
    except ValueError as error:
        return f"can't be judged: {_shown(constraint)}: {error}" if str(error) else ""
    return f"unmet: {_shown(constraint)}; {_found(constraint, variables)}"


def _resolve(text: str, variables: Mapping[str, str]) -> str | None:
    """Put the node's values into ``text``; None where it names one that the node doesn't have."""
    if _unknown(text, variables):
        return None
    return _REFERENCE.sub(lambda found: variables[found[1].strip()], text)


def _unknown(text: str, variables: Mapping[str, str]) -> list[str]:
    names = (name.strip() for name in _REFERENCE.findall(text))
    return [name for name in names if name not in variables]


def _shown(constraint: Condition) -> str:
    operator = constraint.operator or "="
    if operator in {"is_set", "is_not_set"}:
        return f"{constraint.attribute} {operator}"
    return f"{constraint.attribute} {operator} {_quoted(constraint.value)}"


def _found(constraint: Condition, variables: Mapping[str, str]) -> str:
    unknown = [*_unknown(constraint.attribute, variables), *_unknown(constraint.value, variables)]
    if unknown:
        return "; ".join(_missing(name, variables) for name in unknown)
    left = _resolve(constraint.attribute, variables) or ""
    found = [f"found {_quoted(left)}"]
    if "${" in constraint.value:
        found.append(f"compared with {_quoted(_resolve(constraint.value, variables) or '')}")
    return ", ".join(found) + _hint(constraint, left)


def _hint(constraint: Condition, left: str) -> str:
    if constraint.attribute.startswith(_ROOTS):
        return f", which is plain text here: write ${{{constraint.attribute}}} to compare the node's value"
    if constraint.operator == "version" and "-" in left:
        return ", which counts as a pre-release; the operator 'semver' compares it plainly"
    if constraint.operator in ORDERS and not (numeric(left) and numeric(constraint.value)):
        return " (compared as texts, because not both are numbers)"
    return ""


def _missing(name: str, variables: Mapping[str, str]) -> str:
    if not name.startswith(_ROOTS):
        return f"a constraint can name only attr.*, meta.* and node.*, found ${{{name}}}"
    driver = _DRIVER.match(f"${{{name}}}")
    if driver and f"attr.driver.{driver[1]}" not in variables:
        return f"this node has no {name}: driver {driver[1]!r} was not detected; `ostler node` tells why"
    guess = nearest(name, variables)
    return f"this node has no {name}" + (f"; did you mean {guess}?" if guess else "")


def _remarks(constraint: Condition, variables: Mapping[str, str]) -> list[str]:
    if constraint.operator in ALWAYS_MET:
        return [f"{constraint.operator} always holds on one machine"]
    if constraint.operator == "is_not_set":
        return []
    unknown = [*_unknown(constraint.attribute, variables), *_unknown(constraint.value, variables)]
    return [f"{_shown(constraint)} holds because {_missing(name, variables)}" for name in unknown]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
