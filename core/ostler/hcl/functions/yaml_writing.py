"""Write YAML as go-cty-yaml does: strings and keys in double quotes, texts of several lines as blocks."""

from __future__ import annotations

import re

from ostler.hcl.arithmetic import rounded
from ostler.hcl.datum import number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from ostler.hcl.datum import Datum

_INDENT: Final = 2
_WIDTH: Final = 80
_LONGEST_KEY: Final = 128  # bytes; a longer key stands behind a question mark
_NAMED: Final = {
    "\0": "0",
    "\a": "a",
    "\b": "b",
    "\t": "t",
    "\n": "n",
    "\v": "v",
    "\f": "f",
    "\r": "r",
    "\x1b": "e",
    '"': '"',
    "\\": "\\",
    "\x85": "N",
    "\u2028": "L",
    "\u2029": "P",
}
_PRINTABLE: Final = "\\x20-\\x7e\\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
_SPACES: Final = re.compile(" +")
_TO_ESCAPE: Final = re.compile(rf'["\\]|[^{_PRINTABLE}]')
_BREAK: Final = re.compile("[\n\r\x85\u2028\u2029]")
_NO_BLOCK: Final = re.compile(rf"[^\n{_PRINTABLE}]| (?:\n|\Z)")  # else a text of several lines is a block


def yaml_text(value: Datum) -> str:
    """Write a value as one YAML document."""
    writer = _Writer()
    writer.node(value, -_INDENT, inline=True)
    ended = "".join(writer.pieces).lstrip(" ") + "\n"
    return ended if isinstance(value, (str, list, dict)) else f"{ended}...\n"


class _Writer:
    """Collects pieces of text and knows the column that they lead to."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.column = 0

    def put(self, text: str) -> None:
        """Write a text without line ends."""
        self.pieces.append(text)
        self.column += len(text)

    def line(self, indent: int) -> None:
        """Begin a line."""
        self.pieces.append("\n" + " " * indent)
        self.column = indent

    def node(self, value: Any, indent: int, *, inline: bool) -> None:  # noqa: ANN401 - any value
        """Write a value behind an indicator; ``indent`` is that of the collection it stands in."""
        if isinstance(value, dict) and value:
            self._mapping(value, indent + _INDENT, inline=inline)
        elif isinstance(value, list) and value:
            self._sequence(value, indent + _INDENT if inline else indent, inline=inline)
        else:
            self.put(" " if self.pieces else "")
            self._scalar(value, max(indent + _INDENT, _INDENT))

    def _mapping(self, value: dict[str, Any], indent: int, *, inline: bool) -> None:
        for index, key in enumerate(sorted(value)):
            self._begin(indent, inline=inline and index == 0)
            if _BREAK.search(key) or len(key.encode()) > _LONGEST_KEY:
                self.put("? ")
                self._scalar(key, indent + _INDENT)
                self.line(indent)
                self.put(":")
                self.node(value[key], indent, inline=True)
            else:
                self._quoted(key, indent, breaks=False)
                self.put(":")
                self.node(value[key], indent, inline=False)

    def _sequence(self, value: list[Any], indent: int, *, inline: bool) -> None:
        for index, item in enumerate(value):
            self._begin(indent, inline=inline and index == 0)
            self.put("-")
            self.node(item, indent, inline=True)

    def _begin(self, indent: int, *, inline: bool) -> None:
        if inline:
            self.put(" " if self.pieces else "")
        else:
            self.line(indent)

    def _scalar(self, value: Any, indent: int) -> None:  # noqa: ANN401 - any value
        if isinstance(value, str):
            if "\n" in value and not _NO_BLOCK.search(value):
                self._block(value, indent)
            else:
                self._quoted(value, indent, breaks=True)
        elif isinstance(value, (list, dict)):
            self.put("[]" if isinstance(value, list) else "{}")
        elif isinstance(value, bool):
            self.put("true" if value else "false")
        else:
            self.put("null" if value is None else number_text(rounded(value)))

    def _quoted(self, text: str, indent: int, *, breaks: bool) -> None:
        """Write a text in quotes; where a line is too long, a single space becomes its end."""
        self.put('"')
        place = 0
        for space in _SPACES.finditer(text) if breaks else ():
            start, end = space.span()
            self.put(_TO_ESCAPE.sub(_escape, text[place:start]))
            place = end
            if self.column > _WIDTH and start > 0 and start < len(text) - 1:
                self.line(indent)
                self.put("\\ " * (end - start > 1) + " " * (end - start - 2))
            else:
                self.put(space[0])
        self.put(f'{_TO_ESCAPE.sub(_escape, text[place:])}"')

    def _block(self, text: str, indent: int) -> None:
        hint = str(_INDENT) if text[0] in " \n" else ""
        body = text.rstrip("\n")
        ends = len(text) - len(body)
        chomping = "-" if ends == 0 else "+" if ends > 1 or not body else ""
        self.put(f"|{hint}{chomping}")
        for each in text.removesuffix("\n").split("\n") if body else text[1:].split("\n"):
            self.line(indent if each else 0)
            self.put(each)


def _escape(found: re.Match[str]) -> str:
    letter = found[0]
    named = _NAMED.get(letter)
    if named:
        return f"\\{named}"
    code = ord(letter)
    if code <= 0xFF:  # noqa: PLR2004 - two digits
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 - four digits
