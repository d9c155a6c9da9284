"""Say in which hook a driver's class departs from the contract."""

from __future__ import annotations

import inspect
from typing import Final

from ostler.drivers import hookspecs
from ostler.drivers.shown import one_line

HOOKS: Final = tuple(
    name for name, each in vars(hookspecs).items() if hasattr(each, f"{hookspecs.PROJECT}_spec")
)


def misfit(plugin: object, error: Exception) -> str:
    """Name the first hook or argument that the contract does not have; else give the words of ``error``."""
    kind = type(plugin)  # of the class: a property of the instance's would run
    marked = [name for name in dir(kind) if hasattr(getattr(kind, name, None), f"{hookspecs.PROJECT}_impl")]
    return next((said for name in marked if (said := _wrong(kind, name))), one_line(str(error)))


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
