"""Give every declared variable its value: the last of those it is given, of its type, and by its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ostler.drivers.settings import dotted
from ostler.errors import Problem
from ostler.hcl import BROKEN, HclError
from ostler.hcl.conversion import ConversionError, convert
from ostler.hcl.types import DYNAMIC, describe
from ostler.jobs.inputs.constants import place_within
from ostler.jobs.inputs.validation import broken
from ostler.nearest import nearest
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ostler.hcl import Environment
    from ostler.jobs.inputs.declarations import Declaration
    from ostler.jobs.inputs.given import Given

_MOST_SHOWN: Final = 8


class Assigned(NamedTuple):
    """The data of a variable, and where they come from: for an error about them, and for one of a rule."""

    datum: Any
    where: str
    named: str


class Assignment:
    """The values of variables by name; what is wrong with them is in ``problems``."""

    def __init__(self, declared: Mapping[str, Declaration], environment: Environment) -> None:
        self.problems: list[Problem] = []
        self.found: dict[str, Assigned] = {}
        self._declared = declared
        self._environment = environment

    def assign(self, given: Iterable[Given], *, readable: bool = True) -> None:
        """Take the defaults, then what is given, of which the last wins; then hold each to its rules.

        Where not all that is given was ``readable``, a variable without a value may have one there: it is
        not told.
        """
        for name, each in self._declared.items():
            if each.has_default:
                self.found[name] = Assigned(each.default, each.default_where, each.default_where)
        for value in given:
            declaration = self._declared.get(value.name)
            if declaration is not None:
                self.found[value.name] = Assigned(self._read(value, declaration), value.where, value.named)
            elif not value.ambient:
                self.problems.append(Problem(value.named, f"var.{value.name}", self._undeclared(value.name)))
        for name, declaration in self._declared.items():
            self._finish(name, declaration, readable=readable)

    def _read(self, value: Given, declaration: Declaration) -> Any:  # noqa: ANN401 - data of any type
        path = f"var.{value.name}"
        try:
            found = value.read(declaration.type)
            return found if declaration.type is None else convert(found, declaration.type)
        except HclError as error:
            self.problems += [
                Problem(Place.of(each.range, masked=True), path, each.message) for each in error.diagnostics
            ]
        except ConversionError as error:
            where = value.where
            if value.expression is not None:
                where = place_within(value.expression, error.path, masked=True)
            message = _unshown(declaration) if value.ambient else error.message
            self.problems.append(Problem(where, dotted(path, error.path), message))
        except ValueError as error:
            message = _unshown(declaration) if value.ambient else str(error)
            self.problems.append(Problem(value.where, path, message))
        return BROKEN

    def _undeclared(self, name: str) -> str:
        if not self._declared:
            return f"there is no variable '{name}': the job file declares none"
        near = nearest(name, self._declared)
        more = ", ..." if len(self._declared) > _MOST_SHOWN else ""
        known = ", ".join(sorted(self._declared)[:_MOST_SHOWN])
        hint = f"did you mean '{near}'?" if near else f"declared: {known}{more}"
        return f"there is no variable '{name}'; {hint}"

    def _finish(self, name: str, declaration: Declaration, *, readable: bool) -> None:
        value = self.found.get(name)
        if value is None:
            if readable:
                hint = f"write --var {name}=... or a line in a --var-file, or give it a default"
                text = f"the variable '{name}' has no value: {hint}"
                self.problems.append(Problem(declaration.where, f"variable.{name}", text))
            self.found[name] = Assigned(BROKEN, "", "")
        elif value.datum is not BROKEN:
            obeyed = [self._obeys(index, name, value) for index in range(len(declaration.rules))]
            if not all(obeyed):
                self.found[name] = value._replace(datum=BROKEN)

    def _obeys(self, index: int, name: str, value: Assigned) -> bool:
        rule = self._declared[name].rules[index]
        try:
            said = broken(rule, name, value.datum, self._environment)
        except HclError as error:
            path = f"variable.{name}.validation"
            self.problems += [Problem(Place.of(each.range), path, each.message) for each in error.diagnostics]
            return False
        if said:
            self.problems.append(Problem(value.named, f"var.{name}", said))
        return not said


def _unshown(declaration: Declaration) -> str:
    return f"expected {describe(declaration.type or DYNAMIC)}, found something else (not shown)"
