"""Signals by name or number."""

from __future__ import annotations

import signal as signals

from ostler.errors import RefusedError


def signal_number(name: str) -> int:
    """Read a signal's name, with or without SIG, or its number; raises RefusedError."""
    text = name.strip().upper()
    if text.isdecimal() and int(text) in signals.valid_signals():
        return int(text)
    full = text if text.startswith("SIG") else f"SIG{text}"
    if full in signals.Signals.__members__:
        return int(signals.Signals[full])
    known = ", ".join(sorted(each.name for each in signals.Signals))
    msg = f"signal {name!r} is not known here; one of {known}, or a number"
    raise RefusedError(msg)
