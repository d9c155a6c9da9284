"""Start and supervise host processes: isolated, limited, logged, and kept over a restart of the caller."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ostler.executor.capabilities import CAPABILITIES, DEFAULT_CAPABILITIES
    from ostler.executor.entering import Execution
    from ostler.executor.executor import Executor
    from ostler.executor.host.account import Account
    from ostler.executor.linux.checkup import Capability
    from ostler.executor.streams.terminal import Terminal
    from ostler.executor.values import (
        Command,
        Enforcement,
        Exit,
        Host,
        Isolation,
        Limits,
        LimitSupport,
        LogFiles,
        Mount,
        Process,
        Reason,
        Stats,
        Tier,
    )

__all__ = [
    "CAPABILITIES",
    "DEFAULT_CAPABILITIES",
    "Account",
    "Capability",
    "Command",
    "Enforcement",
    "Execution",
    "Executor",
    "Exit",
    "Host",
    "Isolation",
    "LimitSupport",
    "Limits",
    "LogFiles",
    "Mount",
    "Process",
    "Reason",
    "Stats",
    "Terminal",
    "Tier",
]

_ELSEWHERE = {
    "Account": "host.account",
    "CAPABILITIES": "capabilities",
    "Capability": "linux.checkup",
    "DEFAULT_CAPABILITIES": "capabilities",
    "Execution": "entering",
    "Executor": "executor",
    "Terminal": "streams.terminal",
}


def __getattr__(name: str) -> object:
    """Import what is asked for on its first use."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'values')}"), name)
