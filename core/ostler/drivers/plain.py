"""Settings as plain data that anybody may see: what is secret is left out, or only marked as set."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import attrs

from ostler.drivers.fields import declared

SECRET: Final = "<secret>"  # noqa: S105 - the word that stands for one


def default_of(field: attrs.Attribute[Any]) -> object:
    """Give a field's default, made anew where a factory makes it."""
    default: Any = field.default
    return default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]


def plain(value: object, *, mark_secrets: bool = False) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Turn settings, or a value of one, into what JSON can hold.

    A secret is left out; with ``mark_secrets`` it stands there as ``"<secret>"``, or None where it is empty.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    return _structure(value, mark_secrets=mark_secrets)


def _structure(value: object, *, mark_secrets: bool) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if attrs.has(type(value)):
        return _fields(value, mark_secrets=mark_secrets)
    if isinstance(value, Mapping):
        return {str(key): plain(each, mark_secrets=mark_secrets) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, mark_secrets=mark_secrets) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(each, mark_secrets=mark_secrets) for each in value)
    from decimal import Decimal  # of free values in a file alone

    return float(value) if isinstance(value, Decimal) else value


def _fields(value: Any, *, mark_secrets: bool) -> dict[str, Any]:  # noqa: ANN401 - any settings class
    shown: dict[str, Any] = {}
    for field in attrs.fields(type(value)):
        held = getattr(value, field.name)
        if not declared(field).secret:
            shown[field.name] = plain(held, mark_secrets=mark_secrets)
        elif mark_secrets:
            shown[field.name] = SECRET if held else None
    return shown
