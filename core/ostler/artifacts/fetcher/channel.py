"""Speak to the process that started this one: the request comes on stdin, events go to its first stdout."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from typing import Any, Final

_INTERVAL_SECONDS: Final = 0.25
_CHUNK: Final = 65536
_STDOUT, _STDERR = 1, 2
_events = _STDOUT


def keep_stdout() -> None:
    """Let only events reach the starter: what a file system's package prints goes where its errors go."""
    global _events  # noqa: PLW0603 - a process has one
    _events = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)


def read_request() -> dict[str, Any]:
    """Read the one line of JSON that says what to do."""
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, _CHUNK)
        if not piece:
            break
        line += piece
    request: dict[str, Any] = json.loads(line)
    return request


def send(**event: object) -> None:
    """Write one event as a line of JSON; where nobody listens any more, this process is being ended."""
    line = json.dumps(event).encode() + b"\n"
    with suppress(BrokenPipeError):
        while line:
            line = line[os.write(_events, line) :]


class Progress:
    """Tells how many bytes came, not oftener than a person can read; ``step`` says from where.

    They come from the source while it is ``fetching``, out of the archive while it is ``unpacking``.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._next = 0.0
        self._last: tuple[float, int] | None = None
        self._rate = 0.0
        self._step = "fetching"

    def begin(self, step: str) -> None:
        """Count another step's bytes from here on, and tell the first of them at once."""
        self._step, self._last, self._rate, self._next = step, None, 0.0, 0.0

    def tell(self, received: int, total: int | None, *, kept: int = 0, finished: bool = False) -> None:
        """Write an event, unless the last one is fresh; ``kept`` bytes were there before this try."""
        now = time.monotonic()
        if now < self._next and not finished:
            return
        self._next = now + _INTERVAL_SECONDS
        if total is not None and received > total:
            total = None
        rate = self._rated(now, received)
        counts = {"bytes": received, "total": total, "kept": kept, "rate": rate}
        send(event="progress", artifact=self._label, step=self._step, **counts)

    def _rated(self, now: float, received: int) -> int:
        """Return how many bytes come a second, lately."""
        then, before = self._last or (now, received)
        if received < before:  # it was begun anew
            self._rate, before = 0.0, received
        if now > then:
            found = (received - before) / (now - then)
            self._rate = found if not self._rate else 0.7 * self._rate + 0.3 * found
        self._last = now, received
        return round(self._rate)
