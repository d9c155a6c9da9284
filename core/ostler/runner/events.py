"""What happens to a task, told as values: Nomad's event types with Ostler's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from attrs import Factory, frozen

from ostler.drivers.values import Exit


class EventType(StrEnum):
    """The types of events, as Nomad spells them."""

    RECEIVED = "Received"
    SETUP_FAILURE = "Setup Failure"
    FAILED_VALIDATION = "Failed Validation"
    DOWNLOADING_ARTIFACTS = "Downloading Artifacts"
    FAILED_ARTIFACT_DOWNLOAD = "Failed Artifact Download"
    DRIVER = "Driver"
    DRIVER_FAILURE = "Driver Failure"
    STARTED = "Started"
    TERMINATED = "Terminated"
    KILLING = "Killing"
    KILLED = "Killed"
    RESTARTING = "Restarting"
    NOT_RESTARTING = "Not Restarting"
    SIBLING_FAILED = "Sibling Task Failed"


@frozen(kw_only=True)
class Event:
    """One thing that happened to a task; ``exit`` is there where the type is Terminated."""

    type: EventType
    allocation_id: str
    group: str
    task: str
    message: str
    details: Mapping[str, str] = Factory(dict)
    exit: Exit | None = None
    time: datetime = Factory(lambda: datetime.now(UTC))

    def to_dict(self) -> dict[str, Any]:
        """Give the event as plain data that JSON can hold."""
        plain: dict[str, Any] = {
            "time": self.time.isoformat(),
            "type": str(self.type),
            "allocation": self.allocation_id,
            "group": self.group,
            "task": self.task,
            "message": self.message,
            "details": dict(self.details),
        }
        if self.exit is not None:
            plain |= {
                "code": self.exit.code,
                "signal": self.exit.signal,
                "reason": str(self.exit.reason),
                "oom_kills": self.exit.oom_kills,
            }
        return plain


def end_in_words(end: Exit) -> str:
    """Say how a task ended, in the words of its event."""
    parts = [f"exit code {end.code}"]
    if end.signal:
        parts.append(f"signal {end.signal}")
    parts.append(str(end.reason))
    if end.oom_kills and "for memory" not in end.message:
        parts.append(f"{end.oom_kills} killed for memory")
    if end.message:
        parts.append(end.message)
    return ", ".join(parts)
