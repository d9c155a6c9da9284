"""The contract between Ostler and its drivers, and how drivers are found, configured and called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.drivers.catalog import Catalog, DriverInfo
    from ostler.drivers.deprecation import Deprecated
    from ostler.drivers.expansion import expand
    from ostler.drivers.facade import Driver
    from ostler.drivers.fields import ArtifactField, Duration, Size, Words, setting
    from ostler.drivers.hookspecs import hookimpl
    from ostler.drivers.polling import poll_each
    from ostler.drivers.process import ProcessHooks
    from ostler.drivers.settings import Located
    from ostler.drivers.threads import DriverThreads
    from ostler.drivers.values import (
        Capabilities,
        Directories,
        DriverContext,
        Ended,
        Enforcement,
        ExecuteRequest,
        ExecuteResult,
        Exit,
        Filesystem,
        Finding,
        Fingerprint,
        Health,
        LimitSupport,
        Process,
        Reason,
        Resources,
        SignalRequest,
        Sink,
        Stats,
        StopRequest,
        Task,
        TaskHandle,
        TaskStatus,
        WrapperContext,
    )
    from ostler.drivers.wrapper_catalog import WrapperCatalog
    from ostler.drivers.wrappers import Veto, Wrapper
    from ostler.errors import RecoverableError, RefusedError

_VALUES = """
    Capabilities Directories DriverContext Ended Enforcement ExecuteRequest ExecuteResult Exit Filesystem
    Finding Fingerprint Health LimitSupport Process Reason Resources SignalRequest Sink Stats StopRequest Task
    TaskHandle TaskStatus WrapperContext
"""
_SOURCES = {
    **dict.fromkeys(_VALUES.split(), "ostler.drivers.values"),
    **dict.fromkeys(("ArtifactField", "Duration", "Size", "Words", "setting"), "ostler.drivers.fields"),
    **dict.fromkeys(("Catalog", "DriverInfo"), "ostler.drivers.catalog"),
    **dict.fromkeys(("RecoverableError", "RefusedError"), "ostler.errors"),
    **dict.fromkeys(("Veto", "Wrapper"), "ostler.drivers.wrappers"),
    "Deprecated": "ostler.drivers.deprecation",
    "Driver": "ostler.drivers.facade",
    "WrapperCatalog": "ostler.drivers.wrapper_catalog",
    "DriverThreads": "ostler.drivers.threads",
    "Located": "ostler.drivers.settings",
    "expand": "ostler.drivers.expansion",
    "hookimpl": "ostler.drivers.hookspecs",
    "poll_each": "ostler.drivers.polling",
    "ProcessHooks": "ostler.drivers.process",
}

__all__ = [
    "ArtifactField",
    "Capabilities",
    "Catalog",
    "Deprecated",
    "Directories",
    "Driver",
    "DriverContext",
    "DriverInfo",
    "DriverThreads",
    "Duration",
    "Ended",
    "Enforcement",
    "ExecuteRequest",
    "ExecuteResult",
    "Exit",
    "Filesystem",
    "Finding",
    "Fingerprint",
    "Health",
    "LimitSupport",
    "Located",
    "Process",
    "ProcessHooks",
    "Reason",
    "RecoverableError",
    "RefusedError",
    "Resources",
    "SignalRequest",
    "Sink",
    "Size",
    "Stats",
    "StopRequest",
    "Task",
    "TaskHandle",
    "TaskStatus",
    "Veto",
    "Words",
    "Wrapper",
    "WrapperCatalog",
    "WrapperContext",
    "expand",
    "hookimpl",
    "poll_each",
    "setting",
]

__getattr__ = exporter(__name__, _SOURCES)
