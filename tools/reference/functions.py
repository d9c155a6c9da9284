"""The page of the functions of job files, from their docstrings."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Final

from ostler.cli.describe.markdown import code
from ostler.hcl import JOB_FUNCTIONS, Limits
from ostler.hcl.functions import Parameter
from ostler.hcl.types import DYNAMIC

if TYPE_CHECKING:
    from ostler.hcl.functions import Function

_EXAMPLE: Final = re.compile(r"(?m)^([a-z0-9_]+\(.*) -> (.*)$")
# What the evaluator itself does, because it does not evaluate all arguments as functions have them.
_SPECIAL: Final = {
    "can(expression)": """Tell whether an expression has a value.

can(parseint("x", 10)) -> false

That a limit is passed is an error here too.
Source: hcl tryfunc.CanFunc.""",
    "convert(value, type)": """Convert a value to a type, such as `string` or `map(number)`.

convert({ www = "80" }, map(number)) -> { www = 80 }

Errors: what can't be converted without loss.
Source: hcl typeexpr.ConvertFunc.""",
    "try(expressions...)": """Give the value of the first expression that has one.

try(parseint("x", 10), 8080) -> 8080

That none has one, or that a limit is passed, is an error.
Source: hcl tryfunc.TryFunc.""",
}
_OPENING: Final = """\
Expressions in a job file may call these functions: those of Nomad, with its rules. A name behind which
three dots stand takes any number of values; a list is spread over them by three dots:
`max([1, 2]...)`. Arguments are converted to the types that stand here where nothing is lost, and null
is refused unless the text says otherwise. What only the machine will know, such as `attr.kernel.name`, is
the text `${attr.kernel.name}` for a function, so that `upper(attr.kernel.name)` gives
`${ATTR.KERNEL.NAME}`, as in Nomad.

All expressions of a file together may build SIZE MiB of values and take STEPS steps; whatever would
be more is an error before it is built. `abspath`, `file`, `filebase64`, `fileexists`, `fileset` and
`pathexpand` look at this machine: in an untrusted text they are errors.

Other than in Nomad:

* what would take hours or all memory is an error: widths above 1,000,000, a bcrypt cost above 14,
  infinite numbers, files that are not regular ones;
* `cidrsubnets` also parts a network that begins at the lowest address, such as `0.0.0.0/8`;
* `formatdate` and `timeadd` take the years 1 to 9999; `log` takes no base 0;
* `yamldecode` takes YAML 1.2 and merges of several maps too, and a null in the place of a document;
* characters are counted with the tables of a later Unicode, and a power with a fraction in its exponent
  may differ in the last digit.
"""


def examples(name: str) -> list[tuple[str, str]]:
    """Give the calls in a function's description and their results."""
    return _EXAMPLE.findall(_described(name))


def names() -> list[str]:
    """Name all functions."""
    return sorted([*JOB_FUNCTIONS.names, *(signature.partition("(")[0] for signature in _SPECIAL)])


def functions_page() -> str:
    """Write the page."""
    listed = ", ".join(f"[`{name}`](#{name})" for name in names())
    limits = Limits()
    opening = _OPENING.replace("STEPS", f"{limits.steps:,}").replace("SIZE", str(limits.size_bytes >> 20))
    return f"{opening}\n{listed}\n\n" + "\n".join(map(_section, names()))


def _section(name: str) -> str:
    shown = "\n".join(f"{call}\n  = {result}" for call, result in examples(name))
    text = re.sub(r"\n{3,}", "\n\n", _EXAMPLE.sub("", _described(name))).strip()
    block = f"```text\n{shown}\n```\n\n" if shown else ""
    summary, _, rest = text.partition("\n\n")
    return f"## `{name}`\n\n{code(_signature(name))}\n\n{summary}\n\n{block}{rest}\n"


def _signature(name: str) -> str:
    function = JOB_FUNCTIONS.find(name)
    if function is None:
        return _special(name)
    parts = [_parameter(each) for each in function.parameters]
    return f"{name}({', '.join([*parts, *_variadic(function)])})"


def _variadic(function: Function) -> list[str]:
    found = function.variadic
    return [_parameter(Parameter(f"{found.name}...", found.type))] if found else []


def _parameter(parameter: Parameter) -> str:
    return parameter.name if parameter.type == DYNAMIC else f"{parameter.name}: {parameter.type}"


def _special(name: str) -> str:
    return next(signature for signature in _SPECIAL if signature.startswith(f"{name}("))


def _described(name: str) -> str:
    function = JOB_FUNCTIONS.find(name)
    return (inspect.getdoc(function.call) or "") if function else _SPECIAL[_special(name)]
