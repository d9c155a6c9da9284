"""Functions: what one is, and how the evaluator finds it.

A module of this package holds functions in its ``FUNCTIONS``, by name, and ``_MODULES`` below names the
module of each; a module is imported when one of its functions is called.

    def _upper(text: str) -> str:
        return text.upper()

    FUNCTIONS = {"upper": Function(_upper, Parameter("text", STRING))}

The evaluator has converted the arguments to their types when ``call`` gets them and has refused nulls
(`Parameter.null` lets them through); it accounts for the size of the result.  What is wrong is told with
`FunctionError`.  Data are those of ``ostler.hcl.datum``.
"""

from __future__ import annotations

from ostler.hcl.records import Record
from ostler.hcl.types import DYNAMIC, Type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Final

    from ostler.hcl.datum import Datum


class FunctionError(Exception):
    """A function can't be called with these values; ``argument`` is the index of the wrong one."""

    def __init__(self, message: str, argument: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument


class Parameter(Record):
    """What a function takes: arguments are converted to ``type``; null is refused without ``null``."""

    __slots__ = ("name", "null", "type")

    def __init__(self, name: str, type: Type = DYNAMIC, *, null: bool = False) -> None:  # noqa: A002 - the word of the field
        self.name = name
        self.type = type
        self.null = null


class Function:
    """A function: ``call`` gets the converted arguments, those of ``variadic`` after the others.

    With ``environment`` set, ``call`` gets the `Environment` as its first argument.
    """

    __slots__ = ("call", "environment", "parameters", "variadic")

    def __init__(
        self,
        call: Callable[..., Datum],
        *parameters: Parameter,
        variadic: Parameter | None = None,
        environment: bool = False,
    ) -> None:
        self.call = call
        self.parameters = parameters
        self.variadic = variadic
        self.environment = environment

    def parameter(self, index: int) -> Parameter | None:
        """Give the parameter that the argument at ``index`` is for, or None when there is none."""
        return self.parameters[index] if index < len(self.parameters) else self.variadic


class Functions:
    """Functions that expressions may call: the module of this package that holds each, by name."""

    __slots__ = ("_modules",)

    def __init__(self, modules: dict[str, str]) -> None:
        self._modules = modules

    @property
    def names(self) -> Iterable[str]:
        """The names that may be called."""
        return self._modules.keys()

    def find(self, name: str) -> Function | None:
        """Import and give a function, or None when there is no such function."""
        module = self._modules.get(name)
        if module is None:
            return None
        from importlib import import_module

        found: Any = import_module(f"{__name__}.{module}")
        function: Function = found.FUNCTIONS[name]
        return function


_MODULES: Final[dict[str, str]] = {
    "abs": "numbers",
    "abspath": "files",
    "base64decode": "encoding",
    "base64encode": "encoding",
    "basename": "files",
    "bcrypt": "secrets",
    "ceil": "numbers",
    "chomp": "strings",
    "chunklist": "collections",
    "cidrhost": "networks",
    "cidrnetmask": "networks",
    "cidrsubnet": "networks",
    "cidrsubnets": "networks",
    "coalesce": "collections",
    "coalescelist": "collections",
    "compact": "collections",
    "concat": "collections",
    "contains": "collections",
    "csvdecode": "encoding",
    "dirname": "files",
    "distinct": "collections",
    "element": "collections",
    "file": "files",
    "filebase64": "files",
    "fileexists": "files",
    "fileset": "files",
    "flatten": "collections",
    "floor": "numbers",
    "format": "formats",
    "formatdate": "dates",
    "formatlist": "formats",
    "indent": "strings",
    "index": "collections",
    "join": "strings",
    "jsondecode": "encoding",
    "jsonencode": "encoding",
    "keys": "maps",
    "length": "collections",
    "log": "numbers",
    "lookup": "maps",
    "lower": "strings",
    "max": "numbers",
    "md5": "hashes",
    "merge": "maps",
    "min": "numbers",
    "parseint": "numbers",
    "pathexpand": "files",
    "pow": "numbers",
    "range": "numbers",
    "regex_replace": "regexes",
    "replace": "strings",
    "reverse": "strings",
    "rsadecrypt": "secrets",
    "setintersection": "sets",
    "setproduct": "sets",
    "setunion": "sets",
    "sha1": "hashes",
    "sha256": "hashes",
    "sha512": "hashes",
    "signum": "numbers",
    "slice": "collections",
    "sort": "collections",
    "split": "strings",
    "strlen": "strings",
    "strrev": "strings",
    "substr": "strings",
    "timeadd": "dates",
    "title": "strings",
    "trim": "strings",
    "trimprefix": "strings",
    "trimspace": "strings",
    "trimsuffix": "strings",
    "upper": "strings",
    "urlencode": "encoding",
    "uuidv4": "identifiers",
    "uuidv5": "identifiers",
    "values": "maps",
    "yamldecode": "yaml_functions",
    "yamlencode": "yaml_functions",
    "zipmap": "maps",
}
JOB_FUNCTIONS: Final = Functions(_MODULES)

# What Nomad's client knows when it reads a driver's config again; the table is in its hclspecutils.
_CONFIG: Final = (
    *("abs", "coalesce", "concat", "jsondecode", "jsonencode", "length", "lower", "max", "min"),
    *("reverse", "strlen", "substr", "upper"),
)
CONFIG_FUNCTIONS: Final = Functions(
    {name: _MODULES[name] for name in _CONFIG} | {"hasindex": "config", "int": "config"}
)
