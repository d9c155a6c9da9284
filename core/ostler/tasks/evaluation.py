"""Evaluate ``${...}`` in a driver's ``config``: here, what is not known is a mistake.

Nomad reads the strings of ``config`` twice: with the job file, and again, as HCL templates, on the
machine that runs the task.  So ``$${X}`` in a job file arrives here as ``${X}``, and is evaluated;
``$$${X}`` arrives as ``$${X}``, and becomes the text ``${X}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from attrs import Factory, define, evolve

from ostler.drivers.settings import Located
from ostler.errors import MistakeError, Problem
from ostler.nearest import nearest
from ostler.places import Place

_TEMPLATE: Final = re.compile(r'\$\$\{|%%\{|\$\{((?:[^{}"]|"[^"]*")*)\}|\$\{|%\{')
_NAME: Final = re.compile(r'\s*([A-Za-z_][\w-]*)((?:\.[\w-]+|\["[^"]*"\])*)\s*')
_STEP: Final = re.compile(r'\.([\w-]+)|\["([^"]*)"\]')
_ONLY_NAMES: Final = 'only names are evaluated, such as ${NOMAD_TASK_DIR}, ${attr.cpu.arch} and ${env["X"]}'
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


@define
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
            return {self.text(key, (*at, key)): self.tree(item, (*at, key)) for key, item in tree.items()}
        return tree

    def text(self, text: str, at: tuple[str | int, ...]) -> str:
        return _TEMPLATE.sub(lambda match: self.replacement(match, at), text)

    def replacement(self, match: re.Match[str], at: tuple[str | int, ...]) -> str:
        written = match[0]
        if written in {"$${", "%%{"}:
            return written[1:]
        if match[1] is None:
            text = f"'{written}' starts a template that can't be read; {_ONLY_NAMES}; {_LITERAL}"
            return self.wrong(at, written, text)
        name = _NAME.fullmatch(match[1])
        if name is None:
            return self.wrong(at, written, f"{written!r} is not a name; {_ONLY_NAMES}; {_LITERAL}")
        steps = [name[1], *(dotted or quoted for dotted, quoted in _STEP.findall(name[2]))]
        found = self.find(steps)
        if found is None:
            return self.wrong(at, written, self.unknown(written, ".".join(steps)))
        return found

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
        return f"{written!r} is not known; set it in env, or name what `ostler node` lists; {_LITERAL}"

    def wrong(self, at: tuple[str | int, ...], written: str, text: str) -> str:
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)
        where = self.config.where(at)
        place = where.around(written) if isinstance(where, Place) else where
        self.problems.append(Problem(place, self.path + steps, text))
        return ""
