"""Where a job may run and where it had better run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ostler.hcl.patterns import PatternError
from ostler.jobs.rules.words import choice, required, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.hcl.patterns import Patterns
    from ostler.jobs.found import Found

_COMPARING: Final = ("=", "==", "is", "!=", "not", ">", ">=", "<", "<=")
_MATCHING: Final = ("regexp", "version", "semver", "set_contains", "set_contains_all", "set_contains_any")
_SET: Final = ("is_set", "is_not_set")
_DISTINCT: Final = ("distinct_hosts", "distinct_property")
_UNREAD: Final = ("set_contains_all", "set_contains_any", "is_set", "is_not_set")


def constraint(found: Found, level: str = "") -> Iterator[Problem]:
    """Check what is asked of the node; ``level`` is the kind of block that it stands in."""
    operator = found.get("operator") or "="
    for name in _UNREAD:
        if found.get(name):
            text = f'there is no such shorthand; write operator = "{name}" with attribute and value'
            yield found.problem(text, name)
    if found.get("operator"):
        yield from choice(found, "operator", (*_COMPARING, *_MATCHING, *_SET, *_DISTINCT))
    if is_void(found):
        return
    if operator != "distinct_hosts":
        yield from required(found, "attribute")
    yield from _value(found, operator)
    if operator in _DISTINCT and level in {"task", "device"}:
        text = f"{operator!r} compares allocations; write it in the group or the job, not in a {level}"
        yield found.problem(text, operator if found.written(operator) else "operator")


def _value(found: Found, operator: str) -> Iterator[Problem]:
    if operator in {*_COMPARING, *_MATCHING} and found.lacks("value"):
        yield found.problem(f"required by {operator!r}, but missing", "value")
    if operator in _SET and found.get("value"):
        yield found.problem(f"{operator!r} takes no value, found {found.get('value')!r}", "value")
    if operator == "distinct_property" and not re.fullmatch(r"|0*[1-9]\d*", found.get("value", "")):
        yield found.problem(f"expected a whole number from 1, found {found.get('value')!r}", "value")


def is_void(found: Found) -> bool:
    """Say whether a constraint only says ``distinct_hosts = false``."""
    return found.get("distinct_hosts") is False and not found.get("attribute")


def affinity(found: Found) -> Iterator[Problem]:
    """Check what is preferred of a node."""
    operator = found.get("operator") or "="
    yield from choice(found, "operator", (*_COMPARING, *_MATCHING))
    yield from required(found, "attribute")
    yield from _value(found, operator)
    if found.get("weight") == 0:
        yield found.problem("a weight of 0 prefers nothing; expected -100 to 100 without 0", "weight")
    yield from within(found, "weight", -100, 100)


def spread(found: Found) -> Iterator[Problem]:
    """Check over what allocations are spread."""
    yield from required(found, "attribute")
    yield from within(found, "weight", 1, 100)
    total, seen = 0, set()
    for target in found.all("target"):
        yield from within(target, "percent", 0, 100)
        if target.label in seen:
            yield target.problem(f"there is already a target {target.label!r}")
        seen.add(target.label)
        total += target.get("percent", 0)
    if total > 100:  # noqa: PLR2004 - a hundred percent
        yield found.problem(f"expected targets of 100 percent at most in sum, found {total}")


def patterns(found: Found, compiled: Patterns) -> Iterator[Problem]:
    """Check the regular expressions of all affinities; those of constraints are checked with the node."""
    for blocks in found.blocks.values():
        for each in blocks:
            if each.kind.name == "affinity" and each.get("operator") == "regexp":
                yield from _pattern(each, compiled)
            yield from patterns(each, compiled)


def _pattern(found: Found, compiled: Patterns) -> Iterator[Problem]:
    try:
        compiled.check(found.get("value", ""))
    except PatternError as error:
        if str(error):
            yield found.problem(str(error), "regexp" if found.written("regexp") else "value")


def placement(found: Found, job_type: str) -> Iterator[Problem]:
    """Check all that a job, a group or a task says of the node."""
    level = found.kind.name
    for each in found.all("constraint"):
        yield from constraint(each, level)
    for name, rule in (("affinity", affinity), ("spread", spread)):
        for each in found.all(name):
            if job_type == "system":
                yield each.problem(f"a job of type 'system' runs on every node; take {name!r} out")
            else:
                yield from rule(each)
