"""The canonical style: indentation, spaces and aligned columns, by the rules of HashiCorp's own formatter.

Lines stay as they are: none is joined, broken or dropped.  What may become a value stays as it was written:
texts, heredocs, and references such as ``attr.kernel.name``.
"""

from __future__ import annotations

from ostler.hcl.decoding import decode
from ostler.hcl.tokens import Token, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_OPENERS = {"(", "[", "{"}
_CLOSERS = {")", "]", "}"}
# After one of these, a minus sign is that of a number.
_BEFORE_A_VALUE = {
    "", "(", "[", "{", "=", ":", ",", "?", "+", "-", "*", "/", "%", "==", "!=", ">", ">=", "<", "<=",
    "&&", "||", "!",
}  # fmt: skip
_NONE = Token("", "")
_INDENT = "  "
_WIDEST = 1000


class _Line:
    """A line in three columns: what stands before an equals sign, from there on, and a closing comment.

    An equals sign begins a column only if no bracket that is opened behind it stays open.
    """

    __slots__ = ("assign", "change", "comment", "end", "indent", "lead")

    def __init__(self, found: list[Token], end: str) -> None:
        self.end = end
        self.indent = ""
        self.change = sum(_change(token) for token in found)
        last = len(found) > 1 and found[-1].kind == "comment" and not found[-1].text.startswith("/*")
        self.comment = found.pop().text.rstrip() if last else ""
        equals = next((index for index, token in enumerate(found) if index and token.kind == "="), len(found))
        if sum(_change(token) for token in found[equals:]):
            equals = len(found)
        self.lead = _spaced(found, 0, equals)
        self.assign = _spaced(found, equals, len(found))


def reformatted(source: str | bytes, filename: str, *, tolerant: bool) -> str:
    """Give the text in the canonical style; HclError where it breaks the grammar."""
    lines = _lines(tokens(decode(source, filename), tolerant=tolerant))
    _indent(lines)
    _align(lines, lambda line: line.assign, lambda line: line.indent + line.lead, _set_assign)
    _align(lines, lambda line: line.comment, lambda line: line.indent + line.lead + line.assign, _set_comment)
    return "".join(f"{line.indent}{line.lead}{line.assign}{line.comment}{line.end}" for line in lines)


def _lines(found: list[Token]) -> list[_Line]:
    """Divide the tokens into lines; the last one ends as the first does."""
    lines: list[_Line] = []
    begin = 0
    for index, token in enumerate(found):
        if token.kind == "newline":
            lines.append(_Line(found[begin:index], token.text))
            begin = index + 1
    if begin < len(found):
        lines.append(_Line(found[begin:], lines[0].end if lines else "\n"))
    return lines


def _spaced(found: list[Token], begin: int, end: int) -> str:
    """Join tokens with the spaces that belong between them."""
    pieces: list[str] = []
    for index in range(begin, end):
        token = found[index]
        pieces.append(token.text.rstrip() if token.kind == "comment" else token.text)
        if index + 1 < end and _space_after(found[index - 1] if index else _NONE, token, found[index + 1]):
            pieces.append(" ")
    return "".join(pieces)


def _space_after(before: Token, token: Token, after: Token) -> bool:
    """Say whether a space belongs between ``token`` and ``after``."""
    kind, follows = token.kind, after.kind
    if kind == "," and follows not in {",", "..."}:
        return True
    if kind in {".", "!"} or follows in {".", ",", "..."} or (kind == "name" and follows == "("):
        return False
    if follows == "[" and (kind in {"name", "number"} or kind in _CLOSERS):
        return token.text == "in" and before.kind == "name"
    if kind == "-":
        return before.kind not in _BEFORE_A_VALUE
    if kind == "{" or follows == "}":
        return kind != "{" or follows != "}"
    return kind not in _OPENERS and follows not in _CLOSERS


def _change(token: Token) -> int:
    return (token.kind in _OPENERS) - (token.kind in _CLOSERS)


def _indent(lines: list[_Line]) -> None:
    """Indent by one step for each line that leaves brackets open, however many they are."""
    opened: list[int] = []
    for line in lines:
        if line.change < 0:
            _close(opened, -line.change)
        if line.lead:
            line.indent = _INDENT * len(opened)
        if line.change > 0:
            opened.append(line.change)


def _close(opened: list[int], count: int) -> None:
    while opened and count >= opened[-1]:
        count -= opened.pop()
    if opened:
        opened[-1] -= count


def _align(
    lines: list[_Line],
    cell: Callable[[_Line], str],
    before: Callable[[_Line], str],
    move: Callable[[_Line, str], None],
) -> None:
    """Put the cells of lines that follow on each other into one column."""
    chain: list[_Line] = []
    for line in lines:
        if cell(line):
            chain.append(line)
            continue
        _move(chain, before, move)
        chain.clear()
    _move(chain, before, move)


def _move(chain: list[_Line], before: Callable[[_Line], str], move: Callable[[_Line, str], None]) -> None:
    widths = [len(before(line)) for line in chain]
    # one line without end would make every line beside it as long
    column = max((width for width in widths if width <= _WIDEST), default=0) + 1
    for line, width in zip(chain, widths, strict=True):
        move(line, " " * max(column - width, 1))


def _set_assign(line: _Line, space: str) -> None:
    line.assign = space + line.assign


def _set_comment(line: _Line, space: str) -> None:
    line.comment = space + line.comment
