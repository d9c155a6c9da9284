"""Write down what a Python package offers: its classes, values and functions, from their docstrings."""

from __future__ import annotations

import ast
import inspect
from enum import EnumType
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NewType

import attrs
from tools.reference.words import WITHOUT_DOCSTRING

from ostler.cli.describe.markdown import cell, code, table

if TYPE_CHECKING:
    from collections.abc import Iterable

NOT_MADE_BY_CALLERS: Final = {"Driver", "Run", "RunningTask"}


def describe(package: Any, names: Iterable[str] = ()) -> str:  # noqa: ANN401 - a module
    """Describe the names of a package, all public ones unless some are given."""
    return "\n".join(_described(name, getattr(package, name)) for name in sorted(names or package.__all__))


def signature(function: Any, *, leave_out: frozenset[str] = frozenset({"self", "cls"})) -> str:  # noqa: ANN401
    """Write a signature as its source has it."""
    found = inspect.signature(function)
    parts: list[str] = []
    bare_star = False
    for parameter in found.parameters.values():
        if parameter.name in leave_out:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not bare_star:
            parts.append("*")
            bare_star = True
        parts.append(_parameter(parameter))
    result = found.return_annotation
    arrow = "" if result is found.empty else f" -> {_annotation(result)}"
    return f"({', '.join(parts)}){arrow}"


def prose(documented: object) -> str:
    """Give a docstring without its indentation."""
    return inspect.getdoc(documented) or ""


def default_of(field: attrs.Attribute[Any]) -> str:
    """Write a field's default so that it is the same on every machine."""
    if field.default is attrs.NOTHING:
        return "required"
    factory = getattr(field.default, "factory", None)
    if factory is not None:
        return _factory(factory)
    return code(literal(field.default))


def literal(value: object) -> str:
    """Write a value as source, sets in order."""
    if isinstance(value, frozenset | set):
        return "{" + ", ".join(literal(each) for each in sorted(value)) + "}" if value else "none"
    if isinstance(type(value), EnumType):
        return repr(value.value)  # type: ignore[attr-defined]
    return repr(value)


def _described(name: str, value: Any) -> str:  # noqa: ANN401 - whatever a package exports
    if name in WITHOUT_DOCSTRING:
        return f"## `{name}`\n\n{WITHOUT_DOCSTRING[name]}\n"
    if isinstance(value, NewType):
        return f"## `{name}`\n\n{_said_below(value)}\n"
    if isinstance(value, EnumType):
        return _enumeration(name, value)
    if isinstance(value, type):
        return _class(name, value)
    if callable(value):
        return f"## `{name}`\n\n```text\n{name}{signature(value)}\n```\n\n{prose(value)}\n"
    return f"## `{name}`\n\nA value: `{value!r}`.\n"


def _enumeration(name: str, value: EnumType) -> str:
    members = [[code(member.name), code(str(member.value))] for member in list[Any](value)]
    return f"## `{name}`\n\n{prose(value)}\n\n{table(['Name', 'Value'], members)}"


def _class(name: str, value: type[Any]) -> str:
    parts = [f"## `{name}`\n"]
    if _made_by_callers(name, value):
        parts.append(f"```text\n{name}{signature(value.__init__)}\n```\n".replace(" -> None", ""))
    parts.append(f"{prose(value)}\n")
    if fields := _fields(value):
        parts.append(table(["Field", "Type", "Default"], fields))
    parts += [_member(each) for each in _members(value)]
    return "\n".join(parts)


def _made_by_callers(name: str, value: type[Any]) -> bool:
    plain = not attrs.has(value) and not issubclass(value, BaseException | tuple)
    return plain and value.__init__ is not object.__init__ and name not in NOT_MADE_BY_CALLERS


# Where a class may have parts in other modules.
PARTED: Final = ("ostler.client.", "ostler.executor.", "ostler.testing.hosting")


def _fields(value: type[Any]) -> list[list[str]]:
    if attrs.has(value):
        shown = [field for field in attrs.fields(value) if not field.name.startswith("_")]
        return [[code(each.name), code(_annotation(each.type)), default_of(each)] for each in shown]
    if issubclass(value, tuple):
        hints = value.__annotations__
        return [[code(each), code(_annotation(hints[each])), "required"] for each in value._fields]  # type: ignore[attr-defined]
    return []


def _members(value: type[Any]) -> list[tuple[str, Any]]:
    """List the public methods and properties of a class and its parts in other modules, each once."""
    parts = [each for each in value.__mro__ if each is value or each.__module__.startswith(PARTED)]
    found = {name: each for part in reversed(parts) for name, each in vars(part).items()}
    order = dict.fromkeys(name for part in parts for name in vars(part))
    return [
        (name, found[name])
        for name in order
        if not name.startswith("_")
        and isinstance(found[name], property | classmethod | staticmethod | type(_members))
        and not (issubclass(value, Exception) and name == "with_traceback")
    ]


def _member(member: tuple[str, Any]) -> str:
    name, value = member
    if isinstance(value, property):
        result = inspect.signature(value.fget).return_annotation if value.fget else ""
        return f"* `{name}: {_annotation(result)}` - {_indented(prose(value))}\n"
    function = getattr(value, "__func__", value)
    return f"* `{name}{signature(function)}` - {_indented(prose(function))}\n"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ").replace("\n  \n", "\n\n")


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
    hint = "" if parameter.annotation is parameter.empty else f": {_annotation(parameter.annotation)}"
    default = "" if parameter.default is parameter.empty else f" = {_shown(parameter.default)}"
    return f"{stars}{parameter.name}{hint}{default}"


def _shown(default: object) -> str:
    return "..." if default is attrs.NOTHING else literal(default)


def _annotation(hint: object) -> str:
    if isinstance(hint, str):
        return hint
    forward = getattr(hint, "__forward_arg__", None)
    return forward if isinstance(forward, str) else getattr(hint, "__name__", str(hint))


def _factory(factory: Any) -> str:  # noqa: ANN401 - any callable
    empty = {dict: "`{}`", list: "`[]`", set: "none", frozenset: "none"}
    if factory in empty:
        return empty[factory]
    return code(f"{factory.__name__}()") if isinstance(factory, type) else "found out when it is made"


def _said_below(value: NewType) -> str:
    """Read the text that stands below an assignment, which no attribute carries."""
    module = import_module(value.__module__)
    body = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body
    for assigned, said in pairwise(body):
        if isinstance(assigned, ast.Assign) and ast.unparse(assigned.targets[0]) == value.__name__:
            return str(ast.literal_eval(said.value)) if isinstance(said, ast.Expr) else ""
    return ""


__all__ = ["cell", "default_of", "describe", "literal", "prose", "signature"]
