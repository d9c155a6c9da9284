"""The types of the classes that are made of the tables of the job specification, as a stub file."""

from __future__ import annotations

from typing import Final

from ostler.jobs.specification import class_of, names

_HEAD: Final = """\
# Made by `python -m tools.reference` of the tables of the job specification.

from collections.abc import Mapping

from attrs import frozen
"""


def stub() -> str:
    """Write ``ostler/jobs/specified.pyi``: a frozen class for each block."""
    return "\n".join([_HEAD, *(_class(title, class_of(kind)) for kind, title in names().items())])


def _class(title: str, made: type[object]) -> str:
    body = [f"    {name}: {told}\n" for name, told in made.__annotations__.items()]
    return f"@frozen(kw_only=True)\nclass {title}:" + ("\n" + "".join(body) if body else " ...\n")
