"""What this machine is: its attributes, what its drivers found, and whether constraints hold on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.node.constraints import Condition, Verdict, drivers_in, judge, unmet
    from ostler.node.fingerprints import Fault, ask, fingerprint, unhealthy, with_drivers
    from ostler.node.machine import attributes
    from ostler.node.values import Node, detect

__all__ = [
    "Condition",
    "Fault",
    "Node",
    "Verdict",
    "ask",
    "attributes",
    "detect",
    "drivers_in",
    "fingerprint",
    "judge",
    "unhealthy",
    "unmet",
    "with_drivers",
]

__getattr__ = exporter(
    __name__,
    {
        **dict.fromkeys(("Condition", "Verdict", "drivers_in", "judge", "unmet"), "ostler.node.constraints"),
        **dict.fromkeys(
            ("Fault", "ask", "fingerprint", "unhealthy", "with_drivers"), "ostler.node.fingerprints"
        ),
        **dict.fromkeys(("Node", "detect"), "ostler.node.values"),
        "attributes": "ostler.node.machine",
    },
)
