"""Signals by name or number."""

from __future__ import annotations

import signal as signals

from ostler.errors import RefusedError


def signal_number(name: str | int) -> int:
    """Read a signal's name, with or without SIG, or its number; raises RefusedError."""
    text = str(int(name) if isinstance(name, int) else name).strip().upper()
    if text.isdecimal() and int(text) in signals.valid_signals():
        return int(text)
    full = text if text.startswith("SIG") else f"SIG{text}"
    if full in signals.Signals.__members__:
        return int(signals.Signals[full])
    raise RefusedError(_unknown(name))


def _unknown(name: str | int) -> str:
    from ostler.nearest import nearest

    known = sorted(each.name for each in signals.Signals)
    short = str(name).strip().upper().removeprefix("SIG")
    guess = nearest(short, [each.removeprefix("SIG") for each in known])
    meant = f"; did you mean 'SIG{guess}'?" if guess else ""
    return f"signal {name!r} is not known here; one of {', '.join(known)}, or a number{meant}"
