"""Tell in events how an artifact comes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ostler.runner.events import EventType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ostler.artifacts import Fetched

    Emit: TypeAlias = Callable[[EventType, str, dict[str, str] | None], None]

_EVERY_SECONDS: Final = 2.0
_STEPS: Final = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


class Telling:
    """The events of one artifact: that it begins, how far it is, that it is there.

    ``begin`` and ``end`` are called on the loop, ``progress`` on any thread; it tells every two seconds.
    """

    def __init__(self, name: str, emit: Emit) -> None:
        self._name = name
        self._emit = emit
        self._loop = asyncio.get_running_loop()
        self._begun = self._told = time.monotonic()

    def begin(self) -> None:
        """Tell that it is being fetched."""
        self._emit(EventType.DOWNLOADING_ARTIFACTS, f"fetching {self._name}", {"artifact": self._name})

    def progress(self, event: Mapping[str, Any]) -> None:
        """Tell how far it is, where that was not told just now."""
        now = time.monotonic()
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            text = f"{event['step']} {self._name}: {came(event)}"
            self._loop.call_soon_threadsafe(
                self._emit, EventType.DOWNLOADING_ARTIFACTS, text, self._details(event)
            )

    def end(self, fetched: Fetched) -> None:
        """Tell that it is in its place."""
        details = {
            "artifact": self._name,
            "bytes": str(fetched.size_bytes),
            "kept": str(fetched.kept_bytes),
            "cached": str(fetched.cached).lower(),
            "seconds": f"{time.monotonic() - self._begun:.3f}",
        }
        self._emit(EventType.DOWNLOADING_ARTIFACTS, said(fetched), details)

    def _details(self, event: Mapping[str, Any]) -> dict[str, str]:
        names = ("step", "bytes", "total", "kept", "rate")
        found = {name: str(event[name]) for name in names if event.get(name) is not None}
        return {"artifact": self._name, **found}


def came(event: Mapping[str, Any]) -> str:
    """Say how much came, of how much and how fast, as far as that is known."""
    total = f" of {size(event['total'])}" if event.get("total") else ""
    rate = f", {size(event['rate'])}/s" if event.get("rate") else ""
    kept = f", {size(event['kept'])} kept from an earlier try" if event.get("kept") else ""
    return f"{size(event['bytes'])}{total}{rate}{kept}"


def going(event: Mapping[str, Any]) -> str:
    """Say how much came where it has a line or a bar of its own."""
    return f"unpacking, {came(event)}" if event["step"] == "unpacking" else came(event)


def said(fetched: Fetched) -> str:
    """Say what came of an artifact: how large it is, and how much of it did not have to come again."""
    how = "placed from the cache" if fetched.cached else "fetched"
    kept = (
        f", of which {size(fetched.kept_bytes)} were kept from an earlier try" if fetched.kept_bytes else ""
    )
    return f"{how} {fetched.artifact} ({size(fetched.size_bytes)}{kept})"


def size(count: int) -> str:
    """Write bytes in powers of 1000."""
    for name, step in _STEPS:
        if count >= step:
            return f"{count / step:.1f} {name}"
    return f"{count} B"
