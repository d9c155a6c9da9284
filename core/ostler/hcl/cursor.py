"""The lexer: a cursor that stands on one token of the native syntax and moves to the next."""

from __future__ import annotations

import re

from ostler.hcl.casting import cast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from ostler.hcl.position import Source

    Scan = Callable[[str, int], re.Match[str]]

MAX_DEPTH = 128
_SHOWN = 40

BLOCK_COMMENT = r"/\*[^*]*+(?:\*(?!/)[^*]*+)*\*/"
_COMMENT = rf"\#[^\n]*+|//[^\n]*+|{BLOCK_COMMENT}"
_NEWLINE = rf"\r?\n (?: [ \t]++ | \r?\n | {_COMMENT} )*"
_TOKEN = rf"""
    (?: (?P<newline> {_NEWLINE} )
    | (?P<name> [^\W\d][\w-]*+ )
    | (?P<string> "(?: [^"\\\r\n$%]++ | [$%](?![{{]) | \\["\\nrt] )*" )
    | (?P<number> [0-9]++ (?: \.[0-9]++ )? (?: [eE][+-]?[0-9]++ )? )
    | (?P<heredoc> <<-?[^\W\d][\w-]*+\r?\n )
    | (?P<broken> /\* | << )
    | (?P<op> && | \|\| | [=!<>]= | => | \.\.\. | ~}} | [-=.,(){{}}\[\]?:+*/%!<>"] )
    | (?P<eof> \Z )
    | (?P<bad> (?s:.) ) )"""

# With and without the end of a line as a token of its own: within brackets it is mere space.
LINES = cast("Scan", re.compile(rf"(?: [ \t]++ | {_COMMENT} )* {_TOKEN}", re.VERBOSE).match)
FLAT = cast("Scan", re.compile(rf"(?: [ \t]++ | \r?\n | {_COMMENT} )* {_TOKEN}", re.VERBOSE).match)

# The most common line of all, taken at once: a name, a plain text, number or constant, and the line's end.
SETTING = re.compile(
    rf"""([^\W\d][\w-]*+) [ \t]*+ = [ \t]*+
    (?: "([^"\\\r\n$%]*+)" | (0|[1-9][0-9]{{0,14}}) | (true|false|null) ) [ \t]*+ {_NEWLINE}""",
    re.VERBOSE,
).match

_STRANGE = {
    "'": 'a text is written in double quotes, as in "text"',
    "`": 'a text is written in double quotes, as in "text"',
    "\u201c": 'this is a typographic quote; write a plain "',
    "\u201d": 'this is a typographic quote; write a plain "',
    "\u2018": 'this is a typographic quote; write a plain "',
    "\u2019": 'this is a typographic quote; write a plain "',
    ";": "settings are separated by a new line",
    "&": "'and' is written &&",
    "|": "'or' is written ||",
    "$": 'a template is written within a text, as in "${name}"',
    "\r": "a lone carriage return does not end a line",
}


class BrokenTextError(Exception):
    """The text breaks the grammar at a place; ``final`` when nothing after it can be trusted."""

    def __init__(self, start: int, end: int, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
        self.message = message
        self.final = final


class Cursor:
    """Stands on a token: ``kind`` is an operator itself, or name, string, number, heredoc, newline, eof."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.scan: Scan = LINES
        self.kind = ""
        self.start = 0
        self.end = 0
        self.depth = 0

    def advance(self) -> None:
        """Move to the next token."""
        match = self.scan(self.text, self.end)
        kind = match.lastgroup or "bad"
        self.start, self.end = match.span(kind)
        if kind == "op":
            self.kind = match[kind]
            return
        self.kind = kind
        if kind in {"bad", "broken"}:
            self._refuse_stray()

    def advance_as(self, scan: Scan) -> Scan:
        """Move on with another view of line ends, and give the view held until now."""
        before = self.scan
        self.scan = scan
        self.advance()
        return before

    def word(self) -> str:
        """Give the text of the token."""
        return self.text[self.start : self.end]

    def take_name(self, purpose: str) -> str:
        """Give the name that has to stand here, and move on."""
        if self.kind != "name":
            self.fail(f"expected {purpose}, found {self.found()}")
        name = self.word()
        self.advance()
        return name

    def expect(self, kind: str, purpose: str) -> None:
        """Stand on ``kind`` or fail."""
        if self.kind != kind:
            self.fail(f"expected {purpose}, found {self.found()}")

    def fail(self, message: str) -> NoReturn:
        """Report a problem at the token."""
        end = self.start + 1 if self.kind == "newline" else self.end
        raise BrokenTextError(self.start, end, message)

    def found(self) -> str:
        """Describe the token for a message."""
        if self.kind == "newline":
            return "the end of the line"
        if self.kind == "eof":
            return "the end of the file"
        if self.kind in {'"', "string"}:
            return "a text"
        if self.kind == "heredoc":
            return "a heredoc"
        return f"'{_short(self.word())}'"

    def deeper(self) -> None:
        """Go down one level of nesting."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse_depth()

    def refuse_depth(self) -> NoReturn:
        """Report that the text is nested too deep."""
        msg = f"nested too deep: more than {MAX_DEPTH} levels of blocks and brackets"
        raise BrokenTextError(self.start, self.end, msg, final=True)

    def _refuse_stray(self) -> NoReturn:
        word = self.word()
        if word == "/*":
            msg = "this comment is never closed: expected '*/' before the end of the file"
            raise BrokenTextError(self.start, self.end, msg, final=True)
        if word == "<<":
            self.fail("expected <<NAME or <<-NAME and then the end of the line to begin a heredoc")
        shown = f"'{word}'" if word.isprintable() else f"character U+{ord(word):04X}"
        hint = _STRANGE.get(word)
        shown = "single quote" if word == "'" else shown
        self.fail(f"unexpected {shown}: {hint}" if hint else f"unexpected {shown}")


def _short(word: str) -> str:
    return word if len(word) <= _SHOWN else word[: _SHOWN - 3] + "..."
