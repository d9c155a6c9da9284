"""Describe a settings class as JSON Schema (2020-12), for editors, pages and `ostler driver schema`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import EnumType
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from ostler.drivers.fields import Duration, Size, Words, declared, described
from ostler.drivers.plain import default_of, plain

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_SCALAR: Final = ["string", "number", "boolean"]
_KNOWN: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    NoneType: {"type": "null"},
    Any: {},
    Duration: {"type": ["string", "number"], "examples": ["90s", "1h30m", 2.5]},
    Size: {"type": ["string", "integer"], "examples": ["100MB", "64MiB", 4096]},
    Words: {"type": ["array", *_SCALAR], "items": {"type": _SCALAR}},
}


def json_schema(cls: type[Any]) -> Schema:
    """Describe the values that ``cls`` is read from; classes that it nests stand under ``$defs``."""
    nested: dict[str, Schema] = {}
    schema = {"$schema": DIALECT, "title": cls.__name__, **_class(cls, nested)}
    return {**schema, "$defs": nested} if nested else schema


def _class(cls: type[Any], nested: dict[str, Schema]) -> Schema:
    hints, fields = get_type_hints(cls), attrs.fields(cls)
    described = {"description": cleandoc(cls.__doc__)} if cls.__doc__ else {}
    required = [field.name for field in fields if field.default is attrs.NOTHING]
    return {
        **described,
        "type": "object",
        "properties": {field.name: _field(field, hints[field.name], nested) for field in fields},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _field(field: attrs.Attribute[Any], kind: object, nested: dict[str, Schema]) -> Schema:
    said = declared(field)
    schema = {"description": described(field), **_type(kind, nested)}
    if said.deprecated:
        schema["deprecated"] = True
    if said.secret:
        return {**schema, "writeOnly": True}
    if said.example is not None:
        schema["examples"] = [plain(said.example)]
    return schema if field.default is attrs.NOTHING else {**schema, "default": plain(default_of(field))}


def _type(kind: Any, nested: dict[str, Schema]) -> Schema:  # noqa: ANN401 - any annotation
    if kind in _KNOWN:
        return _KNOWN[kind]
    if isinstance(kind, type) and attrs.has(kind):
        return _reference(kind, nested)
    if isinstance(kind, EnumType):
        return {"enum": [member.value for member in list[Any](kind)]}
    return _container(get_origin(kind), get_args(kind), nested)


def _container(origin: object, inner: tuple[Any, ...], nested: dict[str, Schema]) -> Schema:
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is tuple:
        return {"type": "array", "items": _type(inner[0], nested)}
    if origin in {Mapping, dict}:
        return {"type": "object", "additionalProperties": _type(inner[1], nested)}
    return {"anyOf": [_type(each, nested) for each in inner]} if origin in {Union, UnionType} else {}


def _reference(cls: type[Any], nested: dict[str, Schema]) -> Schema:
    if cls.__name__ not in nested:
        nested[cls.__name__] = {}  # so that a class may nest itself
        nested[cls.__name__] = _class(cls, nested)
    return {"$ref": f"#/$defs/{cls.__name__}"}
