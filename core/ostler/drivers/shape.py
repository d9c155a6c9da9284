"""Say where a driver's class departs from the contract: in a hook, or in what its capabilities name."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

import attrs

from ostler.drivers import hookspecs
from ostler.drivers.shown import one_line

if TYPE_CHECKING:
    from ostler.drivers.values import Capabilities

HOOKS: Final = tuple(
    name for name, each in vars(hookspecs).items() if hasattr(each, f"{hookspecs.PROJECT}_spec")
)


def misfit(plugin: object, error: Exception) -> str:
    """Name the first hook or argument that the contract does not have; else give the words of ``error``."""
    kind = type(plugin)  # of the class: a property of the instance's would run
    marked = [name for name in dir(kind) if hasattr(getattr(kind, name, None), f"{hookspecs.PROJECT}_impl")]
    return next((said for name in marked if (said := _wrong(kind, name))), one_line(str(error)))


def unknown_settings(declared: Capabilities, task: type[Any], plugin: type[Any]) -> str:
    """Say which setting the capabilities name that the driver's classes don't have; empty if none."""
    for word, names, kind, whose in (
        ("widened_by", sorted(declared.widened_by or ()), task, "a task"),
        ("default_user", [declared.default_user] if declared.default_user else [], plugin, "the plugin"),
    ):
        known = [field.name for field in attrs.fields(kind)] if attrs.has(kind) else []
        for name in names:
            if name not in known:
                from ostler.nearest import nearest

                near = nearest(name, known)
                hint = f"did you mean {near!r}?" if near else f"there is {', '.join(known) or 'none'}"
                return f"declares {word} with {name!r}, which is no setting of {whose}; {hint}"
    return ""


def _wrong(kind: type, name: str) -> str:
    if name not in HOOKS:
        from ostler.nearest import nearest

        near = nearest(name, HOOKS)
        hint = f"did you mean {near!r}?" if near else f"there is {', '.join(HOOKS)}"
        return f"no hook is named {name!r}; {hint}"
    known = list(inspect.signature(getattr(hookspecs, name)).parameters)
    asked = list(inspect.signature(getattr(kind, name)).parameters)[1:]
    if not (wrong := [each for each in asked if each not in known]):
        return ""
    return f"{name} asks for {', '.join(wrong)}; there is {', '.join(known) or 'nothing to ask for'}"
