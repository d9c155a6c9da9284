"""The HCL2 language, its native syntax and its JSON form, with the place of every value.

A text is read into a `Body`; a `Scope` says what its expressions may refer to and call.

    body = parse(text, "job.hcl")
    scope = Scope({"var": {"count": 3}, "local": {}}, functions=JOB_FUNCTIONS,
                  environment=Environment(directory, trust="untrusted"))
    content = body.within(scope).content(schema)        # blocks inherit the scope
    content.attributes["count"].value                   # a Value: data with places

What is to be evaluated later, or never (a variable's type, its default, a local value), is read with
`Schema.deferred` or `Body.expressions`: an `Attribute.expression` gives its `Expression.references`, its
`Expression.type` and, in a scope, its data (`Expression.evaluate`: plain Python, see ``ostler.hcl.datum``)
or its value with places.  `parse_expression` reads a lone expression, such as ``--var 'x=[1, 2]'``;
``ostler.hcl.conversion.convert`` gives data the type that a variable asks for.  The datum `BROKEN` stands
for a variable that has no value: what refers to it fails without being told again.
"""

from __future__ import annotations

from ostler.hcl.body import Attribute, Block, Body, Content, Schema
from ostler.hcl.datum import BROKEN
from ostler.hcl.environment import Environment, Limits
from ostler.hcl.expression import Expression, Reference
from ostler.hcl.functions import CONFIG_FUNCTIONS, JOB_FUNCTIONS
from ostler.hcl.position import Diagnostic, HclError, Pos, Range
from ostler.hcl.scope import Scope
from ostler.hcl.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "BROKEN",
    "CONFIG_FUNCTIONS",
    "JOB_FUNCTIONS",
    "Attribute",
    "Block",
    "Body",
    "Content",
    "Diagnostic",
    "Environment",
    "Expression",
    "HclError",
    "Limits",
    "Pos",
    "Range",
    "Reference",
    "Schema",
    "Scope",
    "Value",
    "dumps",
    "nearest",
    "parse",
    "parse_expression",
    "parse_json",
    "parse_template",
    "reformat",
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


def parse_expression(source: str | bytes, filename: str) -> Expression:
    """Read a lone expression, in which line ends are mere space; HclError where it is none."""
    from ostler.hcl.native import read_expression

    return read_expression(source, filename)


def dumps(settings: Mapping[str, object]) -> str:
    """Write settings as native syntax, a name and its value to a line, in the canonical style.

    A value is a str, int, float, Decimal, bool, None, or a list or dict of them, and is read to the same;
    ``${`` in a text is escaped.  TypeError for any other; ValueError for what HCL can't write: a name that
    is none, a number that is not finite or too long, a lone surrogate, more than 100 levels.
    """
    from ostler.hcl.printing import dumps as write

    return write(settings)


def reformat(source: str | bytes, filename: str, *, tolerant: bool = False) -> str:
    """Give a text of the native syntax in the canonical style; HclError where it breaks the grammar.

    No comment is lost and no line is joined or broken; it reads to the same values, and giving it in again
    changes nothing.  ``tolerant`` is that of ``parse``.
    """
    from ostler.hcl.layout import reformatted

    return reformatted(source, filename, tolerant=tolerant)


def parse_template(source: str | bytes, filename: str) -> Expression:
    """Read a lone template, a text with ``${}`` and ``%{}`` in it; HclError where it is none."""
    from ostler.hcl.native import read_template

    return read_template(source, filename)


def nearest(name: str, known: Collection[str]) -> str | None:
    """Give the known name that ``name`` was probably meant to be."""
    from ostler.hcl.spelling import nearest as find

    return find(name, known)
