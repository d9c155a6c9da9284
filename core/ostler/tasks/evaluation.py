"""Evaluate ``${...}`` in a driver's ``config``: here, what is not known is a mistake.

Names are looked up; a text with more than names in it, an operator, a condition, one of Nomad's fifteen
functions, is evaluated as the template that it is, within narrow bounds.

Nomad reads the strings of ``config`` twice: with the job file, and again, as HCL templates, on the
machine that runs the task.  So ``$${X}`` in a job file arrives here as ``${X}``, and is evaluated;
``$$${X}`` arrives as ``$${X}``, and becomes the text ``${X}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from attrs import Factory, define, evolve

from ostler.drivers.settings import Located
from ostler.drivers.shown import one_line
from ostler.errors import MistakeError, Problem
from ostler.nearest import nearest
from ostler.places import Place

if TYPE_CHECKING:
    from ostler.hcl import Scope

_LONGEST: Final = 80
_STEPS: Final = 100_000
_SIZE_BYTES: Final = 16 << 20
_TEMPLATE: Final = re.compile(r'\$\$\{|%%\{|\$\{((?:[^{}"]|"[^"]*")*)\}|\$\{|%\{')
_ESCAPED: Final = {"$${", "%%{"}
_NAME: Final = re.compile(r'\s*([A-Za-z_][\w-]*)((?:\.[\w-]+|\["[^"]*"\])*)\s*')
_STEP: Final = re.compile(r'\.([\w-]+)|\["([^"]*)"\]')
_OF_THE_FILE: Final = ("var", "local")  # what a misspelt name may have been meant to begin with
_LITERAL: Final = "in a job file, $$${...} stands for the text ${...}, and %%%{ for %{"


def evaluate_config(
    config: Located, *, variables: Mapping[str, str], environment: Mapping[str, str], path: str
) -> Located:
    """Return ``config`` with every ``${...}`` in its strings and keys replaced.

    ``${NAME}`` and ``${env["NAME"]}`` come from ``environment``, ``${attr.x}``, ``${node.x}`` and
    ``${meta.x}`` from ``variables``, the node's.  Raises MistakeError with every name that is not known,
    its place, and its dotted path, which starts with ``path``.
    """
    evaluation = _Evaluation(config, variables, environment, path)
    tree = evaluation.tree(config.value, ())
    if evaluation.problems:
        raise MistakeError(evaluation.problems)
    return evolve(config, value=tree, lenient=config.lenient or tree != config.value)


@define(slots=False)
class _Evaluation:
    config: Located
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    path: str
    problems: list[Problem] = Factory(list)

    def tree(self, tree: Any, at: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - a tree of plain values
        if isinstance(tree, str):
            return self.text(tree, at)
        if isinstance(tree, list | tuple):
            return [self.tree(item, (*at, index)) for index, item in enumerate(tree)]
        if isinstance(tree, dict):
            return {self.key(key, (*at, key)): self.tree(item, (*at, key)) for key, item in tree.items()}
        return tree

    def key(self, key: str, at: tuple[str | int, ...]) -> str:
        found: object = self.text(key, at)
        return str(found).lower() if isinstance(found, bool) else str(found)

    def text(self, text: str, at: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - a plain value
        if "${" not in text and "%{" not in text:
            return text
        if all(
            (match[1] and _NAME.fullmatch(match[1])) or match[0] in _ESCAPED
            for match in _TEMPLATE.finditer(text)
        ):
            return _TEMPLATE.sub(lambda match: self.replacement(match, at), text)
        return self.evaluated(text, at)

    def replacement(self, match: re.Match[str], at: tuple[str | int, ...]) -> str:
        name = _NAME.fullmatch(match[1] or "")
        if name is None:
            return match[0][1:]
        steps = [name[1], *(dotted or quoted for dotted, quoted in _STEP.findall(name[2]))]
        found = self.find(steps)
        if found is None:
            return self.wrong(at, match[0], self.unknown(match[0], ".".join(steps)))
        return found

    def evaluated(self, text: str, at: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - a plain value
        """Evaluate a text in which more stands than names, as the template that it is."""
        from ostler.hcl import HclError, parse_template

        try:
            return _plain(parse_template(text, "").evaluate(self.scope))
        except HclError as error:
            for each in error.diagnostics:
                start, end = each.range.start.offset, each.range.end.offset
                written, message = text[start:end], each.message.partition("; a plain ")[0]
                shown = f"{one_line(written, _LONGEST)!r}: " if written else ""
                self.wrong(at, written, f"{shown}{message}; {_LITERAL}")
            return ""

    @cached_property
    def scope(self) -> Scope:
        """What expressions may refer to: names with dots are objects within objects."""
        from ostler.hcl import CONFIG_FUNCTIONS, Environment, Limits, Scope

        scope = Scope(
            functions=CONFIG_FUNCTIONS,
            environment=Environment(trust="untrusted", limits=Limits(_STEPS, _SIZE_BYTES)),
            unknown=lambda written: self.unknown(f"${{{written}}}", written),
        )
        scope.names.clear()
        node = {name: value for name, value in self.variables.items() if name.startswith(("attr.", "meta."))}
        within = {f"node.{name}": value for name, value in node.items()}
        for name, value in sorted({**within, **self.variables, **self.environment}.items()):
            _nest(scope.names, name, value)
        scope.names["env"] = dict(self.environment)
        return scope

    def find(self, steps: list[str]) -> str | None:
        name = ".".join(steps)
        if steps[0] == "env":
            return self.environment.get(".".join(steps[1:]))
        if steps[:2] in (["node", "attr"], ["node", "meta"]):
            name = ".".join(steps[1:])
        return self.environment.get(name, self.variables.get(name))

    def unknown(self, written: str, name: str) -> str:
        meant = nearest(name, {*self.environment, *self.variables})
        if meant:
            return f"{written!r} is not known; did you mean '${{{meant}}}'?"
        root, dot, rest = name.partition(".")
        if dot and (meant := nearest(root, _OF_THE_FILE)):
            return f"{written!r} is not known; did you mean '{meant}.{rest}'?"
        return f"{written!r} is not known; set it in env, or name what `ostler node` lists; {_LITERAL}"

    def wrong(self, at: tuple[str | int, ...], written: str, text: str) -> str:
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)
        where = self.config.where(at)
        if isinstance(where, Place):
            bare = written.removeprefix("${").removesuffix("}")  # a reference needs no quotes in a job file
            where = where.around(written, bare)
        self.problems.append(Problem(where, self.path + steps, text))
        return ""


def _nest(names: dict[str, Any], name: str, value: str) -> None:
    """Put a value where its dotted name leads; an object there wins over a value, as with Nomad."""
    *steps, last = name.split(".")
    for step in steps:
        inner = names.get(step)
        if not isinstance(inner, dict):
            inner = names[step] = {}
        names = inner
    if not isinstance(names.get(last), dict):
        names[last] = value


def _plain(datum: Any) -> Any:  # noqa: ANN401 - data of any type
    if isinstance(datum, dict):
        return {name: _plain(item) for name, item in datum.items()}
    if isinstance(datum, list):
        return [_plain(item) for item in datum]
    return float(datum) if isinstance(datum, Decimal) else datum
