"""The page of the job specification: every block and key, with type, default and name in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler.cli.describe.literals import literal
from ostler.cli.describe.markdown import code, table
from ostler.jobs.blocks import BlockType, Field, Kind, Shape
from ostler.jobs.durations import spoken
from ostler.jobs.tables.job import JOB

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES: Final = {
    Kind.TEXT: "string",
    Kind.WHOLE: "whole number",
    Kind.FLAG: "bool",
    Kind.DURATION: "duration",
    Kind.TEXTS: "list of strings",
    Kind.NUMBERS: "list of whole numbers",
    Kind.STRINGS: "block of strings",
    Kind.LISTS: "block of lists of strings",
    Kind.FREE: "block",
}
_OPENING: Final = """\
Every block and key that is read, whether Ostler acts on it or not ([which it does](jobs.md)). A string,
a number and a bool convert into each other where nothing is lost. A duration is a string with a unit,
such as `"1h30m"`, or whole nanoseconds. `env` and `meta` of a job, a group or a task are a block or an
attribute. A default that depends on the type of the job, or on other keys, is told where it stands:

* `restart`: 2 attempts in 30 minutes, of a batch or sysbatch job 3 in a day; 15 seconds apart, then `fail`.
* `reschedule`: unlimited, from 30 seconds, growing to an hour; of a batch job once a day after 5 seconds.
* `update` stands by itself in a job of type service, `migrate` in its groups.
* A group completes `update`, `reschedule` and `migrate` by those of its job, a task `restart` by its group's.
* A service is named after its job, its group and its task; `${JOB}`, `${TASKGROUP}`, `${TASK}` and
  `${BASE}` in its name are replaced.

The API's JSON has each key under the name in the last column. `ostler run --output` leaves out what is
marked *later* while it isn't set: keys younger than Nomad 1.1.2. `ostler.jobs.load(FILE).specification`
gives the same as frozen values, where a duration is `NAME_seconds`.
"""


def page() -> str:
    """Write the page."""
    parts = [_OPENING]
    for kind, owners in _every(JOB).values():
        parts.append(_block(kind, owners))
    return "\n".join(parts)


def _every(kind: BlockType) -> dict[int, tuple[BlockType, list[str]]]:
    """Find each block once, in the order of the tables, with the blocks that it may stand in."""
    found: dict[int, tuple[BlockType, list[str]]] = {id(kind): (kind, [])}
    waiting = [kind]
    while waiting:
        owner = waiting.pop(0)
        for inner in _inner(owner):
            if id(inner) not in found:
                found[id(inner)] = (inner, [])
                waiting.append(inner)
            owners = found[id(inner)][1]
            owners += [] if owner.name in owners else [owner.name]
    return found


def _inner(kind: BlockType) -> Iterator[BlockType]:
    return (field.block for field in kind.by_name.values() if field.block)


def _block(kind: BlockType, owners: list[str]) -> str:
    label = "" if kind.label is None else ' "NAME"'
    within = f"In {', '.join(map(code, owners))}.\n\n" if owners else ""
    rows = [[code(field.name), _type(field), _default(field), _api(field)] for field in kind.by_name.values()]
    keys = table(["Key or block", "Type", "Default", "In the API"], rows) or "It holds nothing.\n"
    return f"## `{kind.name}{label}`\n\n{within}{keys}"


def _type(field: Field) -> str:
    if field.block is None:
        return _TYPES[field.kind]
    return "block" if field.shape is Shape.ONE else "blocks"


def _default(field: Field) -> str:
    if field.block is not None:
        return "stands by itself" if field.default else ""
    value = field.unset if field.default is None else field.default
    if value is None or value == "":
        return ""
    if field.kind is Kind.DURATION and isinstance(value, int):
        return code(f'"{spoken(value)}"')
    return code(literal(value))


def _api(field: Field) -> str:
    return f"{code(field.api)}{', later' if field.sparse else ''}"
