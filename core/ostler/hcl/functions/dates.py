"""Functions of times, which are texts as in RFC 3339: `2024-02-29T12:30:00+01:00`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import short
from ostler.hcl.types import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

_TIME: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9})\d*)?(?:Z|([+-])([01]\d|2[0-5]):([0-5]\d|60))",
    re.ASCII,
)
_TOKEN: Final = re.compile(r"''|'((?:[^']|'')+)'|([A-Za-z])\2*|[^A-Za-z']+")
_DURATION: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_LONGEST: Final = 2**63 - 1  # nanoseconds: 292 years
_LONGEST_TEXT: Final = 1000
_SECOND: Final = 1_000_000_000
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class _Time:
    """A local time, its nanoseconds and its distance from UTC in minutes."""

    __slots__ = ("local", "nanoseconds", "offset")

    def __init__(self, local: datetime, nanoseconds: int, offset: int) -> None:
        self.local = local
        self.nanoseconds = nanoseconds
        self.offset = offset

    def zone(self, colon: str) -> str:
        """Write the distance from UTC."""
        hours, minutes = divmod(abs(self.offset), 60)
        return f"{'-' if self.offset < 0 else '+'}{hours:02}{colon}{minutes:02}"


def _formatdate(pattern: str, time: str) -> str:
    """Write a time (RFC 3339) in another form.

    formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z") -> "02 Jan 2018 23:12 UTC"
    formatdate("EEEE, H 'o''clock' aa", "2018-01-02T23:12:01Z") -> "Tuesday, 11 o'clock pm"

    `YYYY` and `YY` year, `MMMM`, `MMM`, `MM` and `M` month, `DD` and `D` day, `EEEE` and `EEE` day
    of the week, `hh` and `h` hour, `HH` and `H` hour of twelve, `AA` and `aa` half of the day, `mm` and
    `m` minute, `ss` and `s` second, `ZZZZ` (`-0800`), `ZZZZZ` (`-08:00`), `Z` (`-08:00` or `Z`) and
    `ZZZ` (`-0800` or `UTC`) zone. Other letters are errors unless they stand in single quotes; two of
    these are one.
    Source: go-cty FormatDateFunc.
    """
    found = _parse(time, 1)
    if len(pattern) > _LONGEST_TEXT:
        msg = f"a date's form may have {_LONGEST_TEXT} characters at most, this one has {len(pattern)}"
        raise FunctionError(msg, 0)
    pieces: list[str] = []
    place = 0
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        if token is None:
            msg = f"the single quote at character {place + 1} is never closed"
            raise FunctionError(msg, 0)
        place = token.end()
        pieces.append(_piece(token, found))
    return "".join(pieces)


def _piece(token: re.Match[str], time: _Time) -> str:
    if token[2]:
        write = _VERBS.get(token[0])
        if write is None:
            same = [f"'{verb}'" for verb in _VERBS if verb[0] == token[2]]
            known = (
                f"with this letter there is {' and '.join(same)}"
                if same
                else "letters that mean themselves stand in single quotes"
            )
            msg = f"{short(token[0])!r} means nothing in a date: {known}"
            raise FunctionError(msg, 0)
        return write(time)
    if token[0] == "''":
        return "'"
    return token[1].replace("''", "'") if token[1] else token[0]


_VERBS: Final[dict[str, Callable[[_Time], str]]] = {
    "YYYY": lambda time: f"{time.local.year:04}",
    "YY": lambda time: f"{time.local.year % 100:02}",
    "MMMM": lambda time: _MONTHS[time.local.month - 1],
    "MMM": lambda time: _MONTHS[time.local.month - 1][:3],
    "MM": lambda time: f"{time.local.month:02}",
    "M": lambda time: str(time.local.month),
    "DD": lambda time: f"{time.local.day:02}",
    "D": lambda time: str(time.local.day),
    "EEEE": lambda time: _DAYS[time.local.weekday()],
    "EEE": lambda time: _DAYS[time.local.weekday()][:3],
    "hh": lambda time: f"{time.local.hour:02}",
    "h": lambda time: str(time.local.hour),
    "HH": lambda time: f"{time.local.hour % 12 or 12:02}",
    "H": lambda time: str(time.local.hour % 12 or 12),
    "AA": lambda time: "PM" if time.local.hour >= 12 else "AM",  # noqa: PLR2004 - noon
    "aa": lambda time: "pm" if time.local.hour >= 12 else "am",  # noqa: PLR2004 - noon
    "mm": lambda time: f"{time.local.minute:02}",
    "m": lambda time: str(time.local.minute),
    "ss": lambda time: f"{time.local.second:02}",
    "s": lambda time: str(time.local.second),
    "ZZZZZ": lambda time: time.zone(":"),
    "ZZZZ": lambda time: time.zone(""),
    "ZZZ": lambda time: time.zone("") if time.offset else "UTC",
    "Z": lambda time: time.zone(":") if time.offset else "Z",
}


def _timeadd(time: str, duration: str) -> str:
    """Add a duration, such as `1h30m` or `-10m`, to a time (RFC 3339).

    timeadd("2017-11-22T00:00:00Z", "10m") -> "2017-11-22T00:10:00Z"
    timeadd("2024-02-29T12:00:00+01:00", "-24h") -> "2024-02-28T12:00:00+01:00"

    The units are ns, us, ms, s, m and h. The result has no parts of seconds, and a year from 1 to 9999.
    Source: go-cty TimeAddFunc, Go time.ParseDuration.
    """
    found = _parse(time, 0)
    nanoseconds = found.nanoseconds + _nanoseconds(duration)
    try:
        local = found.local + timedelta(seconds=nanoseconds // _SECOND)
    except OverflowError:
        msg = "the result has no year from 1 to 9999"
        raise FunctionError(msg, 1) from None
    zone = found.zone(":") if found.offset else "Z"
    return f"{local.isoformat()}{zone}"


def _nanoseconds(text: str) -> int:
    unsigned = text[1:] if text[:1] in {"+", "-"} else text
    parts = _DURATION.findall(unsigned) if len(unsigned) <= _LONGEST_TEXT else []
    if unsigned != "0" and (not parts or "".join(parts) != unsigned):
        msg = f"expected a duration as in 1h30m, -10s or 1.5h, found {short(text)!r}"
        raise FunctionError(msg, 1)
    total = sum(map(_part, parts))
    if total > _LONGEST:
        msg = "a duration may be 292 years long at most"
        raise FunctionError(msg, 1)
    return -total if text.startswith("-") else total


def _part(text: str) -> int:
    number = text.rstrip("nuµμmsh")
    unit = _UNITS[text[len(number) :]]
    whole, _, fraction = number.partition(".")
    digits = len(fraction[:18])
    parts: int = int(fraction[:18] or 0) * unit // 10**digits
    return int(whole[:30] or 0) * unit + parts


def _parse(text: str, argument: int) -> _Time:
    found = _TIME.fullmatch(text)
    local = None if found is None else _local(found)
    if found is None or local is None:
        msg = f"expected a time as in 2024-02-29T12:30:00Z (RFC 3339), found {short(text)!r}"
        raise FunctionError(msg, argument)
    fraction, sign, hours, minutes = found.groups()[6:]
    offset = int(hours or 0) * 60 + int(minutes or 0)
    return _Time(local, int((fraction or "0").ljust(9, "0")), -offset if sign == "-" else offset)


def _local(found: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone is kept beside it
    except ValueError:
        return None


_STRING_TIME: Final = Parameter("time", STRING)
FUNCTIONS: Final = {
    "formatdate": Function(_formatdate, Parameter("format", STRING), _STRING_TIME),
    "timeadd": Function(_timeadd, _STRING_TIME, Parameter("duration", STRING)),
}
