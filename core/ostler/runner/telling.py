"""Tell in events how an artifact comes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ostler.runner.events import EventType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
        self._last: Mapping[str, Any] = {"bytes": 0}

    def begin(self) -> None:
        """Tell that it is being fetched."""
        self._emit(EventType.DOWNLOADING_ARTIFACTS, f"fetching {self._name}", {"artifact": self._name})

    def progress(self, event: Mapping[str, Any]) -> None:
        """Tell how far it is, where that was not told just now."""
        self._last = event
        now = time.monotonic()
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            text = f"fetching {self._name}: {came(event)}"
            self._loop.call_soon_threadsafe(
                self._emit, EventType.DOWNLOADING_ARTIFACTS, text, self._details(event)
            )

    def end(self) -> None:
        """Tell that it is in its place."""
        how = "placed from the cache" if self._last.get("cached") else "fetched"
        details = self._details(self._last) | {"seconds": f"{time.monotonic() - self._begun:.3f}"}
        self._emit(EventType.DOWNLOADING_ARTIFACTS, f"{how} {self._name}", details)

    def _details(self, event: Mapping[str, Any]) -> dict[str, str]:
        names = ("bytes", "total", "rate", "cached")
        found = {name: str(event[name]).lower() for name in names if event.get(name) is not None}
        return {"artifact": self._name, **found}


def came(event: Mapping[str, Any]) -> str:
    """Say how much came, of how much and how fast, as far as that is known."""
    total = f" of {size(event['total'])}" if event.get("total") else ""
    rate = f", {size(event['rate'])}/s" if event.get("rate") else ""
    return f"{size(event['bytes'])}{total}{rate}"


def size(count: int) -> str:
    """Write bytes in powers of 1000."""
    for name, step in _STEPS:
        if count >= step:
            return f"{count / step:.1f} {name}"
    return f"{count} B"
