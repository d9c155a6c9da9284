"""Parse expressions by recursive descent; after each, the cursor stands on the token behind it."""

from __future__ import annotations

import re

from ostler.hcl.cursor import FLAT, LINES, BrokenTextError
from ostler.hcl.escapes import unescape
from ostler.hcl.numerals import number
from ostler.hcl.syntax import (
    Attr,
    Binary,
    Call,
    Conditional,
    For,
    Index,
    Literal,
    Name,
    Node,
    Object,
    Paren,
    Splat,
    Traversal,
    Tuple,
    Unary,
)
from ostler.hcl.templates import Templates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ostler.hcl.cursor import Scan
    from ostler.hcl.syntax import Step

CONSTANTS = {"true": True, "false": False, "null": None}
_LEGACY_INDEX = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?\Z").match
_OLD_NUMBER = re.compile(r"0(?:[xX]([0-9a-fA-F]{1,256})|([0-7]{1,256}))(?![\w.])").match
_STEPS = {".", "["}
_STRENGTH = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}


class Expressions(Templates):
    """The part of the parser that reads values."""

    tolerant = False

    def expression(self) -> Node:
        """Parse one expression."""
        self.deeper()
        node = self._operand()
        if self.kind in _STRENGTH:
            node = self._binary(node, 1)
        if self.kind == "?":
            node = self._conditional(node)
        self.depth -= 1
        return node

    def _conditional(self, condition: Node) -> Node:
        self.advance()
        yes = self.expression()
        self.expect(":", "':' between the two values of a conditional")
        self.advance()
        return Conditional(condition, yes, self.expression())

    def _binary(self, left: Node, weakest: int) -> Node:
        while (strength := _STRENGTH.get(self.kind, 0)) >= weakest:
            operator = self.kind
            self.advance()
            right = self._operand()
            if _STRENGTH.get(self.kind, 0) > strength:
                right = self._binary(right, strength + 1)
            left = Binary(left, operator, right)
        return left

    def _operand(self) -> Node:
        kind = self.kind
        node: Node
        if kind == "string":
            node = self._simple_text()
        elif kind == "name":
            node = self._name()
        elif kind == "number":
            node = self.numeral()
        else:
            node = self._enclosed(kind)
        return self.traversal(node) if self.kind in _STEPS else node

    def _enclosed(self, kind: str) -> Node:
        if kind in {'"', "heredoc"}:
            node = self.quoted() if kind == '"' else self.heredoc()
            self.advance()
            return node
        if kind == "[":
            return self._tuple()
        if kind == "{":
            return self._object()
        if kind == "(":
            return self._paren()
        return self._unary(kind)

    def _simple_text(self) -> Literal:
        start, end = self.start, self.end
        value = self.text[start + 1 : end - 1]
        self.advance()
        return Literal(start, end, unescape(value) if "\\" in value else value)

    def numeral(self) -> Literal:
        """Parse a number; HCL1 has hexadecimal and octal ones too."""
        start, end = self.start, self.end
        if self.tolerant and (found := _OLD_NUMBER(self.text, start)):
            self.end = found.end()
            self.advance()
            return Literal(start, found.end(), int(found[1], 16) if found[1] else int(found[2], 8))
        try:
            value = number(self.word())
        except ValueError as error:
            self.fail(str(error))
        self.advance()
        return Literal(start, end, value)

    def _name(self) -> Node:
        start, end = self.start, self.end
        name = self.text[start:end]
        self.advance()
        if name in CONSTANTS:
            return Literal(start, end, CONSTANTS[name])
        return self._call(start, name) if self.kind == "(" else Name(start, end, name)

    def _unary(self, operator: str) -> Node:
        start = self.start
        if operator not in {"-", "!"}:
            self.fail(f"expected a value, found {self.found()}")
        self.advance()
        self.deeper()
        operand = self._operand()
        self.depth -= 1
        return Unary(start, operand.end, operator, operand)

    def _paren(self) -> Node:
        start = self.start
        before = self.advance_as(FLAT)
        inner = self.expression()
        self._expect_closer(")", start)
        return Paren(start, self._leave(before), inner)

    def _leave(self, before: Scan) -> int:
        """Step over a closing bracket into the outer view of line ends; give the bracket's end."""
        end = self.end
        self.scan = before
        self.advance()
        return end

    def _expect_closer(self, closer: str, start: int) -> None:
        if self.kind == closer:
            return
        if self.kind == "eof":
            msg = f"this '{self.text[start]}' is never closed: expected '{closer}' before the end of the file"
            raise BrokenTextError(start, start + 1, msg)
        msg = f"expected '{closer}' or a comma, found {self.found()}"
        opened = self.source.pos(start).line
        if opened != self.source.pos(self.start).line:
            msg += f"; the '{self.text[start]}' stands in line {opened}"
        self.fail(msg)

    def _call(self, start: int, name: str) -> Node:
        opened = self.start
        before = self.advance_as(FLAT)
        arguments: list[Node] = []
        spread = False
        while self.kind not in {")", "eof"}:
            arguments.append(self.expression())
            if self.kind == "...":
                spread = True
                self.advance()
                break
            if self.kind != ",":
                break
            self.advance()
        self._expect_closer(")", opened)
        return Call(start, self._leave(before), name, arguments, spread=spread)

    def _tuple(self) -> Node:
        start = self.start
        before = self.advance_as(FLAT)
        if self.kind == "name" and self.word() == "for":
            return self._for(start, "]", before)
        items: list[Node] = []
        while self.kind not in {"]", "eof"}:
            items.append(self.expression())
            if self.kind != ",":
                break
            self.advance()
        self._expect_closer("]", start)
        return Tuple(start, self._leave(before), items)

    def _object(self) -> Node:
        start = self.start
        before = self.advance_as(LINES)
        self._skip_lines()
        if self.kind == "name" and self.word() == "for":
            self.scan = FLAT
            return self._for(start, "}", before)
        items: list[tuple[Node, Node]] = []
        while self.kind not in {"}", "eof"}:
            items.append(self._object_item())
            if self.kind not in {",", "newline"}:
                break
            if self.kind == ",":
                self.advance()
            self._skip_lines()
        self._expect_closer("}", start)
        return Object(start, self._leave(before), items)

    def _object_item(self) -> tuple[Node, Node]:
        key = self.expression()
        if self.kind in {"=", ":"}:
            self.advance()
        elif not (self.tolerant and self.kind == "{"):
            self.fail(f"expected '=' or ':' after the key, found {self.found()}")
        return key, self.expression()

    def _skip_lines(self) -> None:
        while self.kind == "newline":
            self.advance()

    def _for(self, start: int, closer: str, before: Scan) -> Node:
        self.advance()
        node = For(self.loop_names(), self.expression())
        self.expect(":", "':' before the value of a for expression")
        self.advance()
        node.value = self.expression()
        if closer == "}":
            self._keyed_for(node)
        if self.kind == "name" and self.word() == "if":
            self.advance()
            node.condition = self.expression()
        self._expect_closer(closer, start)
        node.start, node.end = start, self._leave(before)
        return node

    def _keyed_for(self, node: For) -> None:
        self.expect("=>", "'=>' between the key and the value of a for expression")
        self.advance()
        node.key, node.value = node.value, self.expression()
        if self.kind == "...":
            node.grouped = True
            self.advance()

    def traversal(self, root: Node) -> Node:
        """Parse the steps taken from ``root``."""
        steps: list[Step] = []
        while self.kind in _STEPS:
            self._step(steps)
        return Traversal(root.start, steps[-1].end, root, steps)

    def _step(self, steps: list[Step]) -> None:
        start = self.start
        if self.kind == ".":
            self.advance()
            self._dotted_step(start, steps)
            return
        before = self.advance_as(FLAT)
        if self.kind == "*":
            self.advance()
            self._expect_closer("]", start)
            end = self._leave(before)
            steps.append(self._splat(start, end, _STEPS))
            return
        key = self.expression()
        self._expect_closer("]", start)
        steps.append(Index(start, self._leave(before), key))

    def _dotted_step(self, start: int, steps: list[Step]) -> None:
        if self.kind == "*":
            end = self.end
            self.advance()
            splat = self._splat(start, end, {"."})
            steps.append(splat)
            if any(isinstance(step, Splat) for step in splat.steps):
                self.fail("a splat (.*) cannot stand within another one; write [*]")
        elif self.kind == "number" and (index := _LEGACY_INDEX(self.word())):
            if index[2]:
                # to HCL it is one number, 0.1
                self.fail(f"an index written with a dot stands alone; write [{index[1]}][{index[2]}]")
            steps.append(Index(start, self.end, Literal(start, self.end, int(index[1]))))
            self.advance()
        else:
            end = self.end
            steps.append(Attr(start, end, self.take_name("a name after '.'")))

    def _splat(self, start: int, end: int, follow: set[str]) -> Splat:
        steps: list[Step] = []
        self.deeper()
        while self.kind in follow:
            self._step(steps)
        self.depth -= 1
        return Splat(start, steps[-1].end if steps else end, steps, full=follow is _STEPS)
