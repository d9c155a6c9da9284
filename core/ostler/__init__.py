"""Run tasks through pluggable drivers: Nomad's job files, in Python, with no server."""

from __future__ import annotations

from ostler.lazy import exporter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ostler.client import AsyncClient, Client, Result, run
    from ostler.drivers.hookspecs import hookimpl
    from ostler.errors import (
        DriverError,
        MistakeError,
        OstlerError,
        Problem,
        RecoverableError,
        RefusedError,
    )
    from ostler.version import __version__

__all__ = [
    "AsyncClient",
    "Client",
    "DriverError",
    "MistakeError",
    "OstlerError",
    "Problem",
    "RecoverableError",
    "RefusedError",
    "Result",
    "__version__",
    "hookimpl",
    "run",
]


def __dir__() -> list[str]:
    return sorted(__all__)


_ERRORS = ("DriverError", "MistakeError", "OstlerError", "Problem", "RecoverableError", "RefusedError")

__getattr__ = exporter(
    __name__,
    {
        **dict.fromkeys(_ERRORS, "ostler.errors"),
        **dict.fromkeys(("AsyncClient", "Client", "Result", "run"), "ostler.client"),
        "hookimpl": "ostler.drivers.hookspecs",
        "__version__": "ostler.version",
    },
)
