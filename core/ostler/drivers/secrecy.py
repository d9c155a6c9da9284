"""How much may be shown of a block that a driver's settings class judges: it alone knows what is secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import attrs

from ostler.drivers.fields import declared
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ostler.errors import Problem


def revealed(problems: Iterable[Problem], cls: type[Any]) -> list[Problem]:
    """Let the lines of problems be shown whole, where the class of their block has no secret."""
    return [problem._replace(where=shown_place(problem.where, cls)) for problem in problems]


def shown_place(where: str, cls: type[Any]) -> str:
    """Give a place whose line may be shown whole if the class has no secret, else as it is."""
    return where.unmasked() if isinstance(where, Place) and not _knows_secrets(cls) else where


def _knows_secrets(cls: type[Any]) -> bool:
    """Tell whether a settings class, or a class that its fields are made of, has a field that is a secret."""
    seen: set[Any] = set()
    waiting: list[Any] = [cls]
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        waiting += get_args(kind)
        if isinstance(kind, type) and attrs.has(kind):
            if any(declared(field).secret for field in attrs.fields(kind)):
                return True
            waiting += get_type_hints(kind).values()
    return False
