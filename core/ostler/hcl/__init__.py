"""The HCL2 language, its native syntax and its JSON form, with the place of every value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.hcl.body import Attribute, Block, Body, Content, Schema
from ostler.hcl.position import Diagnostic, HclError, Pos, Range
from ostler.hcl.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Attribute",
    "Block",
    "Body",
    "Content",
    "Diagnostic",
    "HclError",
    "Pos",
    "Range",
    "Schema",
    "Value",
    "nearest",
    "parse",
    "parse_json",
]


def parse(source: str | bytes, filename: str, *, tolerant: bool = False) -> Body:
    """Read the native syntax; HclError with every problem that could be found.

    ``tolerant`` also takes what HCL1 agent files hold: quoted and dotted keys, ``key = {`` for a
    block, several settings on a line.
    """
    from ostler.hcl.native import read

    return read(source, filename, tolerant=tolerant)


def parse_json(source: str | bytes, filename: str, *, templates: bool = True) -> Body:
    """Read the JSON form of HCL; HclError with every problem that could be found.

    Strings are templates; without ``templates`` they stand for themselves (JSON that is not HCL).
    """
    from ostler.hcl.json_form import read

    return read(source, filename, templates=templates)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name that ``name`` was probably meant to be."""
    from ostler.hcl.spelling import nearest as find

    return find(name, known)
