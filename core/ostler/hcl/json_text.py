"""Read a JSON text into the syntax tree, with the place of every value."""

from __future__ import annotations

import re

from ostler.hcl.casting import cast
from ostler.hcl.cursor import MAX_DEPTH, BrokenTextError
from ostler.hcl.escapes import SURROGATES
from ostler.hcl.numerals import number
from ostler.hcl.syntax import JsonKey, JsonTemplate, Literal, Name, Object, Tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from typing import NoReturn

    from ostler.hcl.cursor import Scan
    from ostler.hcl.position import Source
    from ostler.hcl.syntax import Node

_TOKEN = cast(
    "Scan",
    re.compile(
        r"""[ \t\r\n]*+ (?: (?P<string> "(?: [^"\\\x00-\x1f]++ | \\(?: ["\\/bfnrt] | u[0-9a-fA-F]{4} ) )*" )
        | (?P<number> -?(?: 0 | [1-9][0-9]*+ )(?: \.[0-9]++ )?(?: [eE][+-]?[0-9]++ )?(?![\w.]) )
        | (?P<word> [^\W\d]\w*+ )
        | (?P<op> [{}\[\]:,] )
        | (?P<eof> \Z )
        | (?P<bad> (?s:.) ) )""",
        re.VERBOSE,
    ).match,
)
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt])|u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u(....))')
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONSTANTS = {"true": True, "false": False, "null": None}


class JsonText:
    """A recursive-descent reader; keys become Names, everything else Literals, Tuples and Objects."""

    def __init__(self, source: Source, *, templates: bool) -> None:
        self._text = source.text
        self._templates = templates
        self.kind = ""
        self.start = 0
        self.end = 0
        self._depth = 0

    def document(self) -> Node:
        """Read the whole text; BrokenTextError at the first mistake."""
        self._advance()
        node = self._value()
        if self.kind != "eof":
            self._fail(f"expected the end of the file, found {self._found()}")
        return node

    def _advance(self) -> None:
        match = _TOKEN(self._text, self.end)
        kind = match.lastgroup or "bad"
        self.start, self.end = match.span(kind)
        self.kind = match[kind] if kind == "op" else kind
        if kind == "bad":
            self._refuse_stray()

    def _value(self) -> Node:
        start, end = self.start, self.end
        word = self._text[start:end]
        node: Node
        if self.kind == "{":
            return self._nested(self._object)
        if self.kind == "[":
            return self._nested(self._array)
        if self.kind == "string":
            node = self._string_value(word)
        elif self.kind == "number":
            node = Literal(start, end, self._number(word))
        elif word in _CONSTANTS:
            node = Literal(start, end, _CONSTANTS[word])
        else:
            self._fail(f"expected a value, found {self._found()}")
        self._advance()
        return node

    def _nested(self, read: Callable[[int], Node]) -> Node:
        start = self.start
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"nested too deep: more than {MAX_DEPTH} levels")
        self._advance()
        node = read(start)
        self._depth -= 1
        node.end = self.end
        self._advance()
        return node

    def _array(self, start: int) -> Node:
        items: list[Node] = []
        while self.kind != "]" or items:
            items.append(self._value())
            if self.kind != ",":
                break
            self._advance()
        self._expect_closer("]", start)
        return Tuple(start, start, items)

    def _object(self, start: int) -> Node:
        items: list[tuple[Node, Node]] = []
        while self.kind != "}" or items:
            items.append((self._key(), self._value()))
            if self.kind != ",":
                break
            self._advance()
        self._expect_closer("}", start)
        return Object(start, start, items)

    def _key(self) -> Name:
        if self.kind != "string":
            self._fail(f"expected a key in double quotes, found {self._found()}")
        name = self._string(self._text[self.start : self.end])
        kind = JsonKey if self._is_template(name) else Name
        key = kind(self.start, self.end, name)
        self._advance()
        if self.kind != ":":
            self._fail(f"expected ':' after the key '{name}', found {self._found()}")
        self._advance()
        return key

    def _is_template(self, text: str) -> bool:
        return self._templates and ("${" in text or "%{" in text)

    def _string_value(self, word: str) -> Node:
        text = self._string(word)
        if self._is_template(text):
            return JsonTemplate(self.start, self.end, text)
        return Literal(self.start, self.end, text)

    def _string(self, word: str) -> str:
        return _ESCAPE.sub(_resolve, word[1:-1]) if "\\" in word else word[1:-1]

    def _number(self, word: str) -> int | Decimal:
        try:
            return number(word)
        except ValueError as error:
            self._fail(str(error))

    def _expect_closer(self, closer: str, start: int) -> None:
        if self.kind == "eof":
            msg = (
                f"this '{self._text[start]}' is never closed: expected '{closer}' before the end of the file"
            )
            raise BrokenTextError(start, start + 1, msg)
        if self.kind != closer:
            self._fail(f"expected '{closer}' or a comma, found {self._found()}")

    def _found(self) -> str:
        if self.kind == "eof":
            return "the end of the file"
        return "a text" if self.kind == "string" else f"'{self._text[self.start : self.end][:40]}'"

    def _refuse_stray(self) -> NoReturn:
        found = self._text[self.start]
        if found == '"':
            line_end = self._text.find("\n", self.start)
            end = line_end if line_end >= 0 else len(self._text)
            msg = "this text is never closed, or holds a bare control character or an unknown escape"
            raise BrokenTextError(self.start, end, msg)
        if found in "-0123456789":
            self._fail("expected a number as JSON writes it, such as 10, -1.5 or 1e3")
        if found in "/#":
            self._fail('JSON has no comments; a key "//" is ignored at the level of settings')
        shown = f"'{found}'" if found.isprintable() else f"the character U+{ord(found):04X}"
        self._fail(f"unexpected {shown}")

    def _fail(self, message: str) -> NoReturn:
        raise BrokenTextError(self.start, self.end, message)


def _resolve(match: re.Match[str]) -> str:
    letter, high, low, code = match.groups()
    if letter:
        return _LETTERS.get(letter, letter)
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    found = int(code, 16)
    return "\ufffd" if found in SURROGATES else chr(found)
