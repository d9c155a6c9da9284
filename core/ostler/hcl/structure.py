"""Parse the native syntax as a whole: attributes and blocks, and going on after a mistake."""

from __future__ import annotations

from ostler.hcl.cursor import FLAT, SETTING, BrokenTextError
from ostler.hcl.escapes import unescape
from ostler.hcl.expressions import CONSTANTS, Expressions
from ostler.hcl.position import Diagnostic, HclError, Source
from ostler.hcl.recovery import skip_item
from ostler.hcl.syntax import AttributeNode, BlockNode, BodyNode, Literal, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import NoReturn

    from ostler.hcl.syntax import Node

MAX_PROBLEMS = 50


def tree(source: Source, *, tolerant: bool) -> BodyNode:
    """Parse all of it; HclError with every problem that could be found."""
    parser = Structure(source)
    parser.tolerant = tolerant
    return run(parser)


def run(parser: Structure) -> BodyNode:
    """Have ``parser`` parse all of its source; HclError with every problem that could be found."""
    try:
        found = parser.file()
    except BrokenTextError as error:
        parser.note(error)
    except _StopError:
        pass
    except RecursionError:
        parser.note(BrokenTextError(parser.start, parser.end, "nested too deep for the stack that is left"))
    if parser.problems:
        raise HclError(parser.problems) from None
    return found


class Structure(Expressions):
    """The part of the parser that reads attributes, blocks and bodies."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.problems: list[Diagnostic] = []

    def note(self, error: BrokenTextError) -> None:
        """Keep a problem."""
        self.problems.append(Diagnostic(self.source.range(error.start, error.end), error.message))

    def whole(self) -> Node:
        """Parse the whole source as one expression; line ends are mere space."""
        self.scan = FLAT
        self.advance()
        node = self.expression()
        if self.kind != "eof":
            self.fail(f"expected the end of the expression, found {self.found()}")
        return node

    def file(self) -> BodyNode:
        """Parse the whole source."""
        self.advance()
        body = BodyNode(0, len(self.text), [])
        while True:
            self._items(body)
            if self.kind == "eof":
                return body
            self.note(BrokenTextError(self.start, self.end, "this '}' closes no block"))
            if len(self.problems) >= MAX_PROBLEMS:
                raise _StopError
            self.advance()

    def _items(self, body: BodyNode) -> None:
        """Parse up to a closing brace or the end of the file."""
        items = body.items
        while True:
            kind = self.kind
            if kind == "newline":
                self.advance()
            elif kind in {"}", "eof"}:
                return
            elif kind == "name" and (line := SETTING(self.text, self.start)):
                items.append(self._setting(line))
            else:
                self._item(items)

    def _setting(self, line: re.Match[str]) -> AttributeNode:
        name, text, digits, constant = line.groups()
        start, end = line.span(line.lastindex or 0)
        if text is not None:
            literal = Literal(start - 1, end + 1, text)
        else:
            literal = Literal(start, end, int(digits) if digits else CONSTANTS[constant])
        node = AttributeNode(self.start, self.end, name, literal)
        self.end = line.end()
        self.advance()
        return node

    def _item(self, items: list[AttributeNode | BlockNode]) -> None:
        start, depth = self.start, self.depth
        try:
            node = self._attribute_or_block()
            self._end_item(node)
        except BrokenTextError as error:
            self._recover(error, start)
            self.depth = depth
            return
        items.append(node)

    def _attribute_or_block(self) -> AttributeNode | BlockNode:
        start = self.start
        name = self._item_name()
        end = start + len(name)
        if self.kind != "=":
            return self._block(start, end, name)
        self.advance()
        if self.tolerant and self.kind == "{":
            block = self._block(start, end, name)
            block.equals = True
            return block
        if self.kind in {"newline", "eof"}:
            self.fail(f"expected a value after '{name} =', found {self.found()}")
        return AttributeNode(start, end, name, self.expression())

    def _item_name(self) -> str:
        if self.kind == "name":
            name = self.word()
            self.advance()
            return self._dotted(name) if self.kind == "." and self.tolerant else name
        if self.kind != "string":
            self.fail(f"expected the name of a setting or block, or '}}', found {self.found()}")
        if not self.tolerant:
            self.fail(f"the name of a setting is written without quotes; found {self.word()}")
        name = self.word()[1:-1]
        self.advance()
        return name

    def _dotted(self, name: str) -> str:
        while self.kind == ".":
            self.advance()
            name += "." + self.take_name("a name after '.'")
        return name

    def _end_item(self, node: AttributeNode | BlockNode) -> None:
        if self.kind in {"newline", "eof"} or self.tolerant:
            if self.kind == "," and self.tolerant:
                self.advance()
            return
        what = "value" if isinstance(node, AttributeNode) else "block"
        hint = "; settings of a block stand on lines of their own, without commas" if self.kind == "," else ""
        self.fail(
            f"expected a new line after the {what} of '{self._name_of(node)}', found {self.found()}{hint}"
        )

    def _block(self, start: int, end: int, name: str) -> BlockNode:
        labels = self._labels()
        if self.tolerant and self.kind == "=":
            self.advance()
        if self.tolerant and self.kind == "newline" and self.text.startswith("{", self.end):
            self.advance()
        if self.kind != "{":
            self._refuse_header(name, labels)
        body = BodyNode(self.start, self.end, [])
        self.deeper()
        self.advance()
        if self.kind == "newline" or self.tolerant:
            self._items(body)
        elif self.kind != "}":
            self._single(body)
        if self.kind != "}":
            self._refuse_open(start, end, name, body)
        body.end = self.end
        self.depth -= 1
        self.advance()
        return BlockNode(start, end, name, labels, body)

    def _labels(self) -> list[Name]:
        labels: list[Name] = []
        while self.kind in {"string", "name", '"'}:
            start = self.start
            text = self.word() if self.kind == "name" else self._quoted_label()
            labels.append(Name(start, self.end, text))
            self.advance()
        return labels

    def _quoted_label(self) -> str:
        if self.kind == "string":
            return unescape(self.word()[1:-1])
        node = self.quoted()
        if isinstance(node, Literal):
            return str(node.value)
        msg = "a label is a plain text: no template can stand in it; a plain ${ is written $${"
        raise BrokenTextError(node.start, node.end, msg)

    def _single(self, body: BodyNode) -> None:
        """Parse the only setting of a block written on one line."""
        item = self._attribute_or_block()
        if isinstance(item, BlockNode):
            msg = f"the block '{item.type}' within a block has to stand on a line of its own"
            raise BrokenTextError(item.start, item.end, msg)
        if self.kind not in {"}", "eof"}:
            self.fail(
                f"expected '}}' after the only setting of a block on one line, found {self.found()}; "
                "write each setting on a line of its own"
            )
        body.items.append(item)

    def _refuse_header(self, name: str, labels: list[Name]) -> NoReturn:
        if labels:
            self.fail(f"expected '{{' on the same line after the labels of '{name}', found {self.found()}")
        self.fail(f"expected '=' and a value, or '{{', after '{name}', found {self.found()}")

    def _refuse_open(self, start: int, end: int, name: str, body: BodyNode) -> NoReturn:
        msg = f"the block '{name}' is never closed: expected '}}' before the end of the file"
        crooked = self._crooked(body)
        if crooked:
            line = self.source.pos(crooked.start).line
            msg += f"; perhaps the '}}' of '{crooked.type}' in line {line} is the one that is missing"
        raise BrokenTextError(start, end, msg, final=True)

    def _crooked(self, body: BodyNode) -> BlockNode | None:
        """Find the first block whose closing brace is not under its beginning."""
        for item in body.items:
            if isinstance(item, BlockNode):
                lines = self.source.pos(item.start), self.source.pos(item.body.end - 1)
                if lines[0].line != lines[1].line and lines[0].column != lines[1].column:
                    return self._crooked(item.body) or item
        return None

    def _recover(self, error: BrokenTextError, start: int) -> None:
        """Keep the problem and go on behind the broken setting, where that is safe."""
        if error.final:
            raise error
        self.note(error)
        if len(self.problems) >= MAX_PROBLEMS or not skip_item(self, start, error.end):
            raise _StopError

    def _name_of(self, node: AttributeNode | BlockNode) -> str:
        return node.name if isinstance(node, AttributeNode) else node.type


class _StopError(Exception):
    """Nothing more can be read safely."""
