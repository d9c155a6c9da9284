"""Find the place behind a broken setting from which reading can safely go on."""

from __future__ import annotations

import re

from ostler.hcl.cursor import LINES, MAX_DEPTH, BrokenTextError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ostler.hcl.templates import Templates

_CLOSERS = {"}": "{", "]": "[", ")": "("}
_HEREDOC = re.compile(r"<<-?[ \t]*([^\W\d][\w-]*+)[^\n]*\n")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def skip_item(parser: Templates, start: int, reached: int) -> bool:
    """Move behind the setting that begins at ``start`` and broke at ``reached``; False if that is not safe.

    The parser then stands on the end of a line, or on the brace that closes the body.
    """
    parser.scan = LINES
    parser.end = start
    opened: list[str] = []
    while True:
        try:
            _next(parser)
        except BrokenTextError:
            return False
        kind = parser.kind
        if kind == "eof" or len(opened) > MAX_DEPTH:
            return not opened
        if kind in _CLOSERS.values():
            opened.append(kind)
        elif kind in _CLOSERS and not _close(opened, _CLOSERS[kind]):
            return parser.start >= reached - 1
        elif kind == "newline" and not opened and parser.start >= reached - 1 and not _brace_follows(parser):
            return True


def _brace_follows(parser: Templates) -> bool:
    """Say whether the next line begins with the brace that a block's header lacks."""
    return parser.text.startswith("{", parser.end)


def _close(opened: list[str], opener: str) -> bool:
    """Close up to ``opener``; False if the brace closes what is around the setting."""
    if opener not in opened:
        return opener != "{"
    while opened.pop() != opener:
        pass
    return True


def _next(parser: Templates) -> None:
    """Move on by a token, a whole text, or a stray character."""
    match = parser.scan(parser.text, parser.end)
    kind = match.lastgroup or "bad"
    parser.start, parser.end = match.span(kind)
    parser.kind = match[kind] if kind == "op" else kind
    if parser.kind == "broken" and (heredoc := _HEREDOC.match(parser.text, parser.start)):
        parser.end = parser.closing_line(heredoc.end(), heredoc[1])[1]
    if parser.kind not in {'"', "heredoc"}:
        return
    start, depth = parser.start, parser.depth
    try:
        parser.quoted() if parser.kind == '"' else parser.heredoc()
    except BrokenTextError:
        _pass_broken(parser, start)
    parser.scan = LINES
    parser.kind = "string"
    parser.depth = depth


def _pass_broken(parser: Templates, start: int) -> None:
    """Pass a text that cannot be parsed: to its closing quote, or else to the end of the line."""
    text = parser.text
    if text.startswith("<<", start):
        opening = text.index("\n", start) + 1
        marker = text[start + 2 : opening].strip().removeprefix("-")
        parser.start = start
        parser.end = parser.closing_line(opening, marker)[1]
        return
    quoted = _QUOTED.match(text, start)
    line_end = text.find("\n", start)
    parser.end = quoted.end() if quoted else line_end if line_end >= 0 else len(text)
