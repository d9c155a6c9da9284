"""The libraries that some functions need, imported when one of these is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ostler.hcl.functions import FunctionError


def re2() -> Any:  # noqa: ANN401 - a module without types
    """Import google-re2."""
    return import_module("re2")


def optional(module: str, function: str) -> Any:  # noqa: ANN401 - a module
    """Import what only an installation with the extra `crypto` has; FunctionError without it."""
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        msg = f"the function {function} needs the package {package}: pip install 'ostler[crypto]'"
        raise FunctionError(msg) from None
