"""Cron expressions and time zones, as far as a job is judged by them.

An expression has five to seven fields: seconds (only with seven), minutes, hours, day of month, month,
day of week, years; or it is one of the names that begin with ``@``.  Facts: the grammar of the Go library
``cronexpr`` that Nomad uses.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ostler.nearest import nearest

NAMED: Final = ("@annually", "@yearly", "@monthly", "@weekly", "@daily", "@hourly")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


class Part(NamedTuple):
    """One field of an expression: what it counts, its limits, and the words that stand for numbers."""

    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()
    special: str = ""  # what may stand besides numbers, as a pattern


_SECOND: Final = Part("second", 0, 59)
_YEAR: Final = Part("year", 1970, 2099)
_FIVE: Final = (
    Part("minute", 0, 59),
    Part("hour", 0, 23),
    Part("day of month", 1, 31, special=r"l|lw|w|\d+w"),
    Part("month", 1, 12, _MONTHS),
    Part("day of week", 0, 7, _DAYS, special=r"l|(\d|[a-z]{3})l|(\d|[a-z]{3})#[1-5]"),
)
_FORMS: Final = {5: _FIVE, 6: (*_FIVE, _YEAR), 7: (_SECOND, *_FIVE, _YEAR)}
_RANGE: Final = re.compile(r"(?P<first>[a-z0-9]+)(-(?P<last>[a-z0-9]+))?")


def wrong(text: str) -> str:
    """Say what is wrong with an expression; empty when nothing is."""
    words = text.lower().split()
    if len(words) == 1 and words[0].startswith("@"):
        return "" if words[0] in NAMED else _unnamed(text)
    form = _FORMS.get(len(words))
    if form is None:
        return f"expected five fields, such as '*/15 3 * * 1-5', or @daily, found {text!r}"
    for part, word in zip(form, words, strict=True):
        for item in word.split(","):
            if not _fits(item, part):
                span = f"{part.least} to {part.most}"
                return f"expected a {part.name} of {span}, *, a range or a step, found {item!r} in {text!r}"
    return ""


def _unnamed(text: str) -> str:
    near = nearest(text, NAMED)
    hint = f"did you mean {near!r}?" if near else f"known: {', '.join(NAMED)}"
    return f"unknown name {text!r}; {hint}"


def _fits(item: str, part: Part) -> bool:
    if part.special and re.fullmatch(part.special, item):
        return True
    span, slash, step = item.partition("/")
    if slash and not (step.isdecimal() and step.isascii() and int(step) > 0):
        return False
    if span in {"*", "?"}:
        return True
    found = _RANGE.fullmatch(span)
    if not found:
        return False
    first, last = _number(found["first"], part), _number(found["last"] or found["first"], part)
    return first is not None and last is not None and first <= last


def _number(text: str, part: Part) -> int | None:
    for index, word in enumerate(part.words):
        if text in {word, word[:3]}:
            return index + part.least
    if not text.isdecimal() or len(text) > 4 or not part.least <= int(text) <= part.most:  # noqa: PLR2004
        return None
    return int(text)


def wrong_time_zone(name: str) -> str:
    """Say what is wrong with a time zone's name; empty when nothing is."""
    if name in {"", "UTC", "Local"}:
        return ""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        known = available_timezones()
        near = nearest(name, known)
        hint = f"; did you mean {near!r}?" if near else ", such as 'Europe/Berlin'"
        return f"expected a time zone of the IANA database{hint}, found {name!r}" if known else ""
    return ""
