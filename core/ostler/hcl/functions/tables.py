"""Read comma-separated values as strictly as Go's encoding/csv."""

from __future__ import annotations

import re

from ostler.hcl.functions import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

_PLAIN: Final = re.compile(r"[^,\n]*")
_QUOTED: Final = re.compile(r'"([^"]*(?:""[^"]*)*)"')


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the fields of each line that is not empty, and the line's number; FunctionError for bad quotes."""
    text = text.replace("\r\n", "\n").removesuffix("\r")
    place, line = 0, 1
    while place < len(text):
        if text[place] == "\n":
            place, line = place + 1, line + 1
            continue
        first = line
        fields: list[str] = []
        while True:
            field, place = _field(text, place, line)
            fields.append(field)
            line += field.count("\n")
            if text[place : place + 1] != ",":
                break
            place += 1
        yield first, fields
        place, line = place + 1, line + 1


def _field(text: str, place: int, line: int) -> tuple[str, int]:
    if text[place : place + 1] != '"':
        found = _PLAIN.match(text, place)
        field, end = (found[0], found.end()) if found else ("", place)
        if '"' in field:
            msg = f"line {line} has a quote within a field that does not begin with one"
            raise FunctionError(msg, 0)
        return field, end
    quoted = _QUOTED.match(text, place)
    if quoted is None:
        msg = f"the quote in line {line} is never closed"
        raise FunctionError(msg, 0)
    if text[quoted.end() : quoted.end() + 1] not in {"", ",", "\n"}:
        msg = f"in line {line}, a comma or the end of the line has to follow the closing quote"
        raise FunctionError(msg, 0)
    return quoted[1].replace('""', '"'), quoted.end()
