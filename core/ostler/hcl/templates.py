"""Parse texts: quoted ones, heredocs, and the templates in them."""

from __future__ import annotations

import re

from ostler.hcl.casting import cast
from ostler.hcl.cursor import FLAT, MAX_DEPTH, BrokenTextError, Cursor
from ostler.hcl.escapes import undouble, unescape
from ostler.hcl.syntax import Interpolation, Literal, Node, Template, TemplateFor, TemplateIf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from ostler.hcl.cursor import Scan
    from ostler.hcl.position import Source
    from ostler.hcl.syntax import Part

    _Piece: TypeAlias = "Part | _Mark"
    Resolve: TypeAlias = Callable[[str], str]

_PLAIN = r"\$\$\{ | %%\{ | [$%](?!\{)"
_QUOTED = cast(
    "Scan",
    re.compile(
        rf"""(?: [^"\\\r\n$%]++ | \\(?: ["\\nrt] | u[0-9a-fA-F]{{4}} | U[0-9a-fA-F]{{8}} ) | {_PLAIN} )*""",
        re.VERBOSE,
    ).match,
)
_LINE = cast("Scan", re.compile(rf"(?: [^\n$%]++ | {_PLAIN} )* \n?", re.VERBOSE).match)
_BARE = cast("Scan", re.compile(rf"(?: [^$%]++ | {_PLAIN} )*", re.VERBOSE).match)


class _Mark(Node):
    """A ``%{ else }``, ``%{ endif }`` or ``%{ endfor }``, until the directives are nested."""

    __slots__ = ("keyword",)

    def __init__(self, start: int, end: int, keyword: str) -> None:
        self.start = start
        self.end = end
        self.keyword = keyword


class Templates(Cursor):
    """The part of the parser that reads texts; after each, the cursor stands on its last token."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._closing: dict[str, tuple[int, int, int]] = {}

    def expression(self) -> Node:
        """Parse an expression; the next class knows how."""
        raise NotImplementedError

    def bare(self) -> Node:
        """Parse the whole source as a template."""
        pieces: list[_Piece] = []
        trim = False
        while True:
            trim = self._literal(_BARE(self.text, self.end)[0], undouble, pieces, trim=trim)
            if self.end == len(self.text):
                return self._template(0, pieces)
            trim = self._sequence(pieces)

    def quoted(self) -> Node:
        """Parse a quoted text from its opening quote."""
        start = self.start
        pieces: list[_Piece] = []
        trim = False
        while True:
            trim = self._literal(_QUOTED(self.text, self.end)[0], unescape, pieces, trim=trim)
            opener = self.text[self.end : self.end + 2]
            if opener[:1] == '"':
                self.end += 1
                return self._template(start, pieces)
            if opener not in {"${", "%{"}:
                self._refuse_quoted(start, opener)
            trim = self._sequence(pieces)

    def heredoc(self) -> Node:
        """Parse a heredoc from its opening line up to its marker."""
        start, first = self.start, self.end
        dented = self.text.startswith("-", start + 2)
        marker = self.text[start + 2 + dented : first].rstrip()
        last, closed = self.closing_line(first, marker)
        body = self.text[first:last]
        if "${" in body or "%{" in body:
            return self._heredoc_template(start, marker, dented=dented)
        self.end = closed
        if dented:
            body = "".join(_dedented(re.findall(r"[^\n]*\n", body)))
        return Literal(start, closed, body)

    def closing_line(self, first: int, marker: str) -> tuple[int, int]:
        """Find the line that closes a heredoc: where it begins and where its marker ends."""
        searched, begin, end = self._closing.get(marker, (len(self.text), 0, 0))
        if searched <= first <= begin:  # heredocs within each other look for the same line
            return begin, end
        begin, end = self._find_closing_line(first, marker)
        self._closing[marker] = first, begin, end
        return begin, end

    def _find_closing_line(self, first: int, marker: str) -> tuple[int, int]:
        text = self.text
        found = text.find(marker, first)
        while found >= 0:
            begin = text.rfind("\n", 0, found) + 1
            end = text.find("\n", found)
            end = len(text) if end < 0 else end
            if text[begin:end].strip() == marker:
                return begin, end - 1 if text[end - 1] == "\r" else end
            found = text.find(marker, end)
        msg = f"this heredoc is never closed: expected a line that holds only {marker}"
        raise BrokenTextError(self.start, self.end, msg, final=True)

    def _heredoc_template(self, start: int, marker: str, *, dented: bool) -> Node:
        pieces: list[_Piece] = []
        trim = False
        fresh = True
        while True:
            if fresh and self._at_marker(marker):
                return self._template(start, _dedent(pieces) if dented else pieces)
            line = _LINE(self.text, self.end)[0]
            trim = self._literal(line, undouble, pieces, trim=trim)
            fresh = line.endswith("\n")
            if not fresh and self.end == len(self.text):
                self.start = start
                self.closing_line(self.end, marker)
            if not fresh:
                trim = self._sequence(pieces)

    def _at_marker(self, marker: str) -> bool:
        end = self.text.find("\n", self.end)
        end = len(self.text) if end < 0 else end
        if self.text[self.end : end].strip() != marker:
            return False
        self.end = end - 1 if self.text[end - 1] == "\r" else end
        return True

    def _literal(self, raw: str, resolve: Resolve, pieces: list[_Piece], *, trim: bool) -> bool:
        """Take a stretch of plain text; say whether the next one is still to be trimmed."""
        if not raw:
            return trim
        start = self.end
        self.end += len(raw)
        try:
            value = resolve(raw)
        except ValueError as error:
            raise BrokenTextError(start, self.end, str(error)) from None
        pieces.append(Literal(start, self.end, value.lstrip() if trim else value))
        return False

    def _sequence(self, pieces: list[_Piece]) -> bool:
        """Parse one ``${}`` or ``%{}``; say whether the text after it is to be trimmed."""
        start = self.end
        opener = self.text[start : start + 2]
        self.end = start + 2
        if self.text.startswith("~", self.end):
            self.end += 1
            _trim_last(pieces)
        before = self.advance_as(FLAT)
        piece = self._interpolation(start) if opener == "${" else self._directive(start)
        if self.kind not in {"}", "~}"}:
            msg = f"this '{opener}' is not closed: expected '}}', found {self.found()}"
            raise BrokenTextError(start, self.end, f"{msg}; a plain {opener} is written {opener[0]}{opener}")
        if isinstance(piece, Node):
            piece.end = self.end
        pieces.append(piece)
        self.scan = before
        return self.kind == "~}"

    def _interpolation(self, start: int) -> Interpolation:
        return Interpolation(start, self.end, self.expression())

    def _directive(self, start: int) -> _Piece:
        keyword = self.word()
        if keyword not in {"if", "else", "endif", "for", "endfor"}:
            msg = f"expected if, else, endif, for or endfor after '%{{', found {self.found()}"
            raise BrokenTextError(start, self.end, f"{msg}; a plain %{{ is written %%{{")
        self.advance()
        if keyword == "if":
            return TemplateIf(start, self.expression())
        if keyword == "for":
            names = self.loop_names()
            return TemplateFor(start, names, self.expression())
        return _Mark(start, self.end, keyword)

    def loop_names(self) -> list[str]:
        """Parse ``name in`` or ``key, value in``."""
        names = [self.take_name("the name of a loop's variable")]
        if self.kind == ",":
            self.advance()
            names.append(self.take_name("the name of a loop's second variable"))
        if self.kind != "name" or self.word() != "in":
            self.fail(f"expected 'in' after the loop's variables, found {self.found()}")
        self.advance()
        return names

    def _template(self, start: int, pieces: list[_Piece]) -> Node:
        literals = [piece.value for piece in pieces if isinstance(piece, Literal)]
        if len(literals) == len(pieces):
            return Literal(start, self.end, "".join(cast("list[str]", literals)))
        return Template(start, self.end, _nest(pieces))

    def _refuse_quoted(self, start: int, opener: str) -> None:
        if opener[:1] == "\\":
            shown = opener if opener.isprintable() else "\\"
            msg = (
                f'unknown escape {shown} in a text: expected \\n, \\r, \\t, \\", \\\\, \\uNNNN or \\UNNNNNNNN'
            )
            raise BrokenTextError(self.end, self.end + len(opener), msg)
        msg = "this text is never closed: expected '\"' before the end of the line"
        raise BrokenTextError(start, self.end, msg)


def _nest(pieces: list[_Piece]) -> list[Part]:
    """Put what stands between the directives into them."""
    top: list[Part] = []
    here = top
    opened: list[tuple[TemplateIf | TemplateFor, list[Part]]] = []
    for piece in pieces:
        if isinstance(piece, _Mark):
            here = _close(piece, opened)
            continue
        here.append(piece)
        if isinstance(piece, (TemplateIf, TemplateFor)):
            opened.append((piece, here))
            if len(opened) > MAX_DEPTH:
                msg = f"nested too deep: more than {MAX_DEPTH} levels of '%{{ if }}' and '%{{ for }}'"
                raise BrokenTextError(piece.start, piece.end, msg)
            here = piece.yes if isinstance(piece, TemplateIf) else piece.body
    if opened:
        left = opened[-1][0]
        word = "if" if isinstance(left, TemplateIf) else "for"
        msg = f"this '%{{ {word} }}' is never closed: expected '%{{ end{word} }}'"
        raise BrokenTextError(left.start, left.end, msg)
    return top


def _close(mark: _Mark, opened: list[tuple[TemplateIf | TemplateFor, list[Part]]]) -> list[Part]:
    """Give the list that collects what comes after an else, endif or endfor."""
    node, outer = opened[-1] if opened else (None, [])
    if mark.keyword == "else" and isinstance(node, TemplateIf) and not node.closed:
        node.closed = True
        return node.no
    wanted = TemplateFor if mark.keyword == "endfor" else TemplateIf
    if mark.keyword == "else" or not isinstance(node, wanted):
        msg = f"'%{{ {mark.keyword} }}' closes nothing that is open here"
        raise BrokenTextError(mark.start, mark.end, msg)
    node.end = mark.end
    opened.pop()
    return outer


def _trim_last(pieces: list[_Piece]) -> None:
    if pieces and isinstance(piece := pieces[-1], Literal):
        piece.value = cast("str", piece.value).rstrip()


def _dedent(pieces: list[_Piece]) -> list[_Piece]:
    texts = [cast("str", piece.value) if isinstance(piece, Literal) else "" for piece in pieces]
    for piece, text in zip(pieces, _dedented(texts), strict=True):
        if isinstance(piece, Literal):
            piece.value = text
    return pieces


def _dedented(texts: list[str]) -> list[str]:
    """Take the indentation away that all lines share; a blank line counts for nothing and keeps its own."""
    starts = [index for index, text in enumerate(texts) if index == 0 or texts[index - 1].endswith("\n")]
    lined = [index for index in starts if not (texts[index].isspace() and texts[index].endswith("\n"))]
    margins = [len(texts[index]) - len(texts[index].lstrip()) for index in lined]
    margin = min(margins, default=0)
    result = list(texts)
    for index in lined:
        result[index] = texts[index][margin:]
    return result
