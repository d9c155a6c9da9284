"""Every token of a text with its comments and line ends, for what writes the text anew."""

from __future__ import annotations

import re

from ostler.hcl.cursor import BLOCK_COMMENT, LINES
from ostler.hcl.structure import Structure, run
from ostler.hcl.syntax import Literal, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ostler.hcl.position import Source
    from ostler.hcl.syntax import Node

_LINE_COMMENT = r"(?:\#|//)[^\n]*?(?=\r?\n|\Z)"
_BETWEEN = re.compile(rf"(?P<comment>{_LINE_COMMENT}|{BLOCK_COMMENT})|(?P<newline>\r?\n)").finditer
_HOLDS_SPACE = re.compile(r"\s").search


class Token:
    """A token as it was written.

    ``kind`` is an operator itself, or name, number, text (quoted, a heredoc, or a reference that holds
    space, in one piece), comment, newline.
    """

    __slots__ = ("kind", "text")

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.text = text


def tokens(source: Source, *, tolerant: bool) -> list[Token]:
    """Give all that the text holds but space; HclError where it breaks the grammar."""
    parser = _Atoms(source)
    parser.tolerant = tolerant
    run(parser)
    return list(_split(source.text, parser.atoms))


def _split(text: str, atoms: dict[int, int]) -> list[Token]:
    found: list[Token] = []
    end = 0
    while True:
        match = LINES(text, end)
        kind = match.lastgroup or "bad"
        start, behind = match.span(kind)
        if kind == "newline":
            found += _between(text, end, behind)
            end = behind
            continue
        found += _between(text, end, start)
        if kind == "eof":
            return found
        end = atoms.get(start, behind)
        word = text[start:end]
        if end != behind or kind in {"string", "heredoc"}:
            kind = "text"
        found.append(Token(word if kind == "op" else kind, word))


def _between(text: str, start: int, end: int) -> list[Token]:
    """Give the comments and line ends of a stretch that holds nothing else but space."""
    return [Token(match.lastgroup or "", match[0]) for match in _BETWEEN(text[start:end])]


class _Atoms(Structure):
    """Notes what is never taken apart: texts, and references whose spelling may become a value."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.atoms: dict[int, int] = {}

    def quoted(self) -> Node:
        return self._note(super().quoted())

    def heredoc(self) -> Node:
        return self._note(super().heredoc())

    def numeral(self) -> Literal:
        node = super().numeral()
        self.atoms[node.start] = node.end  # 0x1F is a number and a name to the lexer
        return node

    def traversal(self, root: Node) -> Node:
        node = super().traversal(root)
        # a number and the step ".2" would become another number
        if isinstance(root, (Name, Literal)) and _HOLDS_SPACE(self.text, node.start, node.end):
            return self._note(node)
        return node

    def _note(self, node: Node) -> Node:
        self.atoms[node.start] = node.end
        return node
