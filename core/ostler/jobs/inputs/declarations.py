"""The variables that a job file declares: ``variable "name" { }`` and ``variables { name = default }``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ostler.drivers.settings import dotted
from ostler.errors import Problem
from ostler.hcl import BROKEN, HclError, Schema
from ostler.hcl.conversion import ConversionError, convert
from ostler.hcl.datum import type_of
from ostler.hcl.types import DYNAMIC, STRING, is_exact
from ostler.jobs.inputs.constants import constant, place_within
from ostler.jobs.inputs.validation import Rule, rule
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ostler.hcl import Attribute, Block, Range
    from ostler.hcl.types import Type

_KEYS: Final = frozenset({"type", "default", "description"})
_VARIABLE: Final = Schema(attributes=_KEYS, blocks={"validation": ()}, deferred=_KEYS)
_NAME: Final = re.compile(r"[^\W\d][\w-]*")
_EXAMPLE: Final = "such as string, number, bool, list(string), map(number) or object({ port = number })"


class Declaration(NamedTuple):
    """A variable: its type, None where none is known, its default, and the rules that its value obeys.

    ``has_default`` tells a default of null from none; `BROKEN` is one that has no value, and was told.
    """

    name: str
    where: Place
    type: Type | None = None
    default: Any = None
    default_where: str = ""
    has_default: bool = False
    rules: tuple[Rule, ...] = ()


class Declarations:
    """The variables of a job file by their names; what is wrong with them is in ``problems``."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.problems: list[Problem] = []
        self.found: dict[str, Declaration] = {}
        for block in blocks:
            if block.type == "variable":
                self._variable(block)
            elif block.type == "variables":
                self._defaults(block)

    def _variable(self, block: Block) -> None:
        name, path = block.labels[0], f"variable.{block.labels[0]}"
        content = block.body.content(_VARIABLE)
        self._note(HclError(content.diagnostics), path)
        if not _NAME.fullmatch(name):
            msg = "the name of a variable begins with a letter, and holds letters, digits, '_' and '-' alone"
            self._complain(block.label_ranges[0], path, msg)
        self._description(content.attributes.get("description"), path)
        kind = self._type(content.attributes.get("type"), path)
        default, where = self._default(content.attributes.get("default"), kind, path)
        if "type" not in content.attributes and "default" in content.attributes and default is not BROKEN:
            kind = type_of(default)
        rules = tuple(found for each in content.blocks if (found := rule(name, each, self.problems)))
        place, known = Place.of(block.type_range), "default" in content.attributes
        self._add(Declaration(name, place, kind, default, where, known, rules), block)

    def _defaults(self, block: Block) -> None:
        try:
            attributes = block.body.expressions()
        except HclError as error:
            self._note(error, "variables")
            return
        for inner in block.body.blocks():
            msg = f"expected NAME = VALUE, found the block '{inner.type}'"
            self._complain(inner.type_range, "variables", msg)
        for name, attribute in attributes.items():
            default, where = self._default(attribute, None, "variables", name)
            kind = None if default is BROKEN else type_of(default)
            place = Place.of(attribute.name_range)
            self._add(Declaration(name, place, kind, default, where, has_default=True), block)

    def _add(self, declaration: Declaration, block: Block) -> None:
        first = self.found.setdefault(declaration.name, declaration)
        if first is not declaration:
            msg = f"the variable '{declaration.name}' is declared twice; first at {first.where}"
            self.problems.append(Problem(declaration.where, f"{block.type}.{declaration.name}", msg))

    def _type(self, attribute: Attribute | None, path: str) -> Type | None:
        if attribute is None or attribute.expression is None:
            return None
        try:
            kind = attribute.expression.type()
        except HclError as error:
            self._note(error, f"{path}.type")
            return None
        if is_exact(kind):
            return kind
        within = "" if kind == DYNAMIC else f", found '{kind}'"
        msg = f"the type has to be exact, without 'any'{within}; write the type that is meant, {_EXAMPLE}"
        self._complain(attribute.expression.range, f"{path}.type", msg)
        return None

    def _default(
        self, attribute: Attribute | None, kind: Type | None, path: str, key: str = "default"
    ) -> tuple[Any, str]:
        if attribute is None or attribute.expression is None:
            return None, ""
        expression = attribute.expression
        where = Place.of(expression.range)
        try:
            found = constant(expression)
            return found if kind is None else convert(found, kind), where
        except HclError as error:
            self._note(error, f"{path}.{key}")
        except ConversionError as error:
            place = place_within(expression, error.path)
            self.problems.append(Problem(place, dotted(f"{path}.{key}", error.path), error.message))
        return BROKEN, where

    def _description(self, attribute: Attribute | None, path: str) -> None:
        self._default(attribute, STRING, path, "description")

    def _note(self, error: HclError, path: str) -> None:
        self.problems += [Problem(Place.of(each.range), path, each.message) for each in error.diagnostics]

    def _complain(self, where: Range, path: str, message: str) -> None:
        self.problems.append(Problem(Place.of(where), path, message))
