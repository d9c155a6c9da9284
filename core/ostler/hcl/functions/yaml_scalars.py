"""What a word of YAML means: a bool, null, a number, a time or itself."""

from __future__ import annotations

import re
from datetime import datetime

from ostler.hcl.datum import normalized
from ostler.hcl.functions.arguments import short
from ostler.hcl.numerals import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ostler.hcl.datum import Datum

_WORDS: Final[dict[str, bool | None]] = {
    spelt: meaning
    for word, meaning in (
        ("y", True),
        ("yes", True),
        ("true", True),
        ("on", True),
        ("n", False),
        ("no", False),
        ("false", False),
        ("off", False),
        ("null", None),
    )
    for spelt in (word, word.capitalize(), word.upper())
} | {"": None, "~": None}
_INFINITE: Final = re.compile(r"[+-]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WHOLE: Final = re.compile(r"[-+]?(?:0o[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+|)", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})"
    r"| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?)?",
    re.ASCII,
)


def scalar(text: str, tag: str) -> Datum:
    """Give the value of a word with a tag (`int`, `str`, ...), or without one; ValueError for none."""
    if tag in {"str", "binary"}:
        return _binary(text) if tag == "binary" else normalized(text)
    if tag == "null":
        return None
    if text in _WORDS and (tag != "bool" or isinstance(_WORDS[text], bool)):
        return _WORDS[text]
    if tag in {"", "timestamp"} and (time := _time(text)):
        return time
    if tag in {"bool", "timestamp"}:
        msg = f"{short(text)!r} is no {tag}"
        raise ValueError(msg)
    return _number(text, tag)


def _number(text: str, tag: str) -> Datum:
    if _INFINITE.fullmatch(text):
        msg = f"{text} is no number that can be used here"
        raise ValueError(msg)
    numeric = text[0] in "+-0123456789." and (_FLOAT.fullmatch(text) or _WHOLE.fullmatch(text))
    if not numeric and not tag:
        return normalized(text)
    plain = text.replace("_", "")
    if _FLOAT.fullmatch(plain):
        return number(plain)
    try:
        return int(plain, 0)
    except ValueError:
        msg = f"{short(text)!r} is no number"
        raise ValueError(msg) from None


def _time(text: str) -> str | None:
    found = _TIME.fullmatch(text)
    if not found:
        return None
    year, month, day, *clock, zone, hour, minute, second = found.groups()
    hours, minutes, seconds = (int(part or 0) for part in (clock if zone else (hour, minute, second)))
    try:
        time = datetime(int(year), int(month), int(day), hours, minutes, seconds)  # noqa: DTZ001 - zone beside it
    except ValueError:
        return None
    zone = "Z" if zone in {None, "+00:00", "-00:00"} else zone
    return f"{time.isoformat()}{zone}"


def _binary(text: str) -> str:
    import binascii

    try:
        binascii.a2b_base64(text.replace("\n", ""), strict_mode=True)
    except ValueError:
        msg = "what has the tag !!binary is not written in base64"
        raise ValueError(msg) from None
    return text
