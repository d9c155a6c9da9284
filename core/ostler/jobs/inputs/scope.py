"""The scope of a job file: its variables, its local values, and the functions that it may call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ostler.hcl import JOB_FUNCTIONS, Environment, Scope
from ostler.places import Place

if TYPE_CHECKING:
    from ostler.errors import Problem
    from ostler.hcl import Block
    from ostler.jobs.inputs.assignment import Assigned
    from ostler.jobs.inputs.values import Inputs
    from ostler.places import Stretch

_VARIABLE: Final = re.compile(r'(?:"\$\{)?\s*var\.([^\W\d][\w-]*)\s*(?:\}")?').match


class JobScope:
    """What the expressions of one job file may refer to and call; what is wrong is in ``problems``.

    ``scope`` is complete once `fill` was called; relative paths in its functions start at ``directory``.
    ``variables`` are the values of the variables, with their places.
    """

    def __init__(self, inputs: Inputs, directory: str) -> None:
        self.problems: list[Problem] = []
        self.variables: dict[str, Assigned] = {}
        self._inputs = inputs
        self._var: dict[str, Any] = {}
        self._local: dict[str, Any] = {}
        environment = Environment(directory, trust=inputs.trust)
        names = {"var": self._var, "local": self._local}
        self.scope = Scope(names, functions=JOB_FUNCTIONS, environment=environment)

    def fill(self, blocks: list[Block]) -> None:
        """Evaluate the file's blocks of variables and of local values."""
        if self._inputs.given or any(block.type in {"variable", "variables"} for block in blocks):
            self._assign(blocks)
        if any(block.type == "locals" for block in blocks):
            from ostler.jobs.inputs.local_values import LocalValues

            values = LocalValues(blocks)
            values.evaluate(self.scope, self._local)
            self.problems += values.problems

    def place(self, stretch: Stretch, *, masked: bool = False) -> Place:
        """Say where a value comes from: for a variable that a file sets, the place in that file."""
        start, end = stretch.start[2], stretch.end[2]
        written = _VARIABLE(stretch.text, start, end) if self.variables else None
        assigned = self.variables.get(written[1]) if written and written.end() == end else None
        if assigned and isinstance(assigned.where, Place) and assigned.where.filename != stretch.filename:
            return assigned.where
        return Place.of(stretch, masked=masked)

    def _assign(self, blocks: list[Block]) -> None:
        from ostler.jobs.inputs.assignment import Assignment
        from ostler.jobs.inputs.declarations import Declarations
        from ostler.jobs.inputs.given import given

        declarations = Declarations(blocks)
        assignment = Assignment(declarations.found, Environment(trust="untrusted"))
        self.problems += declarations.problems
        unreadable: list[Problem] = []
        assignment.assign(given(self._inputs, unreadable), readable=not unreadable)
        self.problems += [*unreadable, *assignment.problems]
        self.variables = assignment.found
        self._var |= {name: each.datum for name, each in assignment.found.items()}
