"""What variables are given from outside: by the environment, by files, and by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ostler.errors import MistakeError, Problem
from ostler.hcl import HclError, parse, parse_expression, parse_json
from ostler.hcl.types import (
    BOOL,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    describe,
)
from ostler.jobs.inputs.constants import constant, datum_of
from ostler.jobs.inputs.values import PREFIX
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ostler.hcl import Body, Expression
    from ostler.hcl.types import Type
    from ostler.jobs.inputs.values import Inputs

_LARGEST_BYTES: Final = 16 << 20
_NAME: Final = re.compile(r"[^\W\d][\w-]*")
_EXAMPLES: Final[dict[type, str]] = {
    ListType: '["a", "b"]',
    SetType: '["a", "b"]',
    TupleType: '["a", 1]',
    MapType: '{ key = "value" }',
    ObjectType: '{ key = "value" }',
}


class Given(NamedTuple):
    """A value that a variable is given.

    ``where`` is its place for an error about it, ``named`` for one that had better not show it.  ``read``
    gives its data for a variable of a type, None for one without; HclError and ValueError where it has none.
    ``ambient`` is what stands in the environment: it may be for others, and is shown to nobody.
    """

    name: str
    where: str
    named: str
    read: Callable[[Type | None], Any]
    ambient: bool = False
    expression: Expression | None = None


def given(inputs: Inputs, problems: list[Problem]) -> list[Given]:
    """List what is given, the weakest first."""
    found = [
        Given(name, PREFIX + name, PREFIX + name, _raw(text, PREFIX + name), ambient=True)
        for name, text in inputs.from_environment().items()
    ]
    for file in inputs.files:
        found += _of_file(str(file), problems)
    if isinstance(inputs.variables, Mapping):
        return [*found, *(Given(name, "", "", _python(value)) for name, value in inputs.variables.items())]
    for text in inputs.variables:
        found += _of_flag(text, problems)
    return found


def _of_flag(text: str, problems: list[Problem]) -> Iterator[Given]:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not _NAME.fullmatch(name):
        shown = f", found {name!r}" if name and not equals else ""
        problems.append(Problem("--var", "", f"expected NAME=VALUE, as in --var count=3{shown}"))
        return
    where = f"--var {name}"
    yield Given(name, where, where, _raw(value, where))


def _raw(text: str, where: str) -> Callable[[Type | None], Any]:
    """Read a text as it stands for a string or a number, or without a type; as an expression for all else."""

    def read(kind: Type | None) -> object:
        if kind is None or kind in {STRING, NUMBER}:
            return unicodedata.normalize("NFC", text)
        try:
            return constant(parse_expression(text, where))
        except HclError as error:
            found = error.diagnostics[0].message if error.diagnostics else "no value"
            expected = f"expected {describe(kind)}"
            example = "true" if kind == BOOL else _EXAMPLES.get(type(kind), '"text"')
            msg = f"{expected}, written as in a job file, such as {example}: {found}"
            raise ValueError(msg) from None

    return read


def _python(value: object) -> Callable[[Type | None], Any]:
    return lambda _: datum_of(value)


def _written(expression: Expression) -> Callable[[Type | None], Any]:
    return lambda _: constant(expression)


def _of_file(path: str, problems: list[Problem]) -> Iterator[Given]:
    try:
        body = _body(path)
        attributes = body.expressions()
    except HclError as error:
        problems += [
            Problem(Place.of(each.range, masked=True), "", each.message) for each in error.diagnostics
        ]
        return
    except MistakeError as error:
        problems += error.problems
        return
    for block in body.blocks():
        hint = f"; the job file declares it, and here it is written {(*block.labels, 'name')[0]} = ..."
        what = f"a '{block.type}' block can't stand in a variable file"
        problems.append(Problem(Place.of(block.type_range), "", what + hint))
    for name, attribute in attributes.items():
        expression = attribute.expression
        if expression is not None:
            where = Place.of(expression.range, masked=True)
            named = Place.of(attribute.name_range, masked=True)
            yield Given(name, where, named, _written(expression), expression=expression)


def _body(path: str) -> Body:
    text = _content(path)
    is_json = text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return parse_json(text, path) if is_json else parse(text, path)


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            found = file.read(_LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        text = f"the variable file can't be read: {reason}"
        raise MistakeError.single(text, where=path) from None
    if len(found) > _LARGEST_BYTES:
        text = f"the variable file is larger than {_LARGEST_BYTES >> 20} MiB"
        raise MistakeError.single(text, where=path)
    return found
