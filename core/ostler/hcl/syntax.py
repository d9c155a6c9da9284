"""The syntax tree: what was written, with offsets into the source on every node.

Templates hold trimmed and dedented text; the rest is as written.  Nothing here is evaluated.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import TypeAlias

    Constant: TypeAlias = "int | Decimal | str | bool | None"


class Node:
    """A piece of the text from ``start`` up to, but without, ``end``."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


class Literal(Node):
    """A number, a text without templates, true, false or null."""

    __slots__ = ("value",)

    def __init__(self, start: int, end: int, value: Constant) -> None:
        self.start = start
        self.end = end
        self.value = value


class Name(Node):
    """A bare name: the root of a reference, or a key of an object."""

    __slots__ = ("name",)

    def __init__(self, start: int, end: int, name: str) -> None:
        self.start = start
        self.end = end
        self.name = name


class Attr(Node):
    """The step ``.name``."""

    __slots__ = ("name",)

    def __init__(self, start: int, end: int, name: str) -> None:
        self.start = start
        self.end = end
        self.name = name


class Index(Node):
    """The step ``[key]``, or ``.0`` of old."""

    __slots__ = ("key",)

    def __init__(self, start: int, end: int, key: Node) -> None:
        self.start = start
        self.end = end
        self.key = key


class Splat(Node):
    """The step ``[*]`` (``full``) or ``.*``, with the steps taken on every item."""

    __slots__ = ("full", "steps")

    def __init__(self, start: int, end: int, steps: list[Step], *, full: bool) -> None:
        self.start = start
        self.end = end
        self.full = full
        self.steps = steps


Step: TypeAlias = Attr | Index | Splat


class Traversal(Node):
    """Steps taken from a root, such as ``attr.kernel.name``."""

    __slots__ = ("root", "steps")

    def __init__(self, start: int, end: int, root: Node, steps: list[Step]) -> None:
        self.start = start
        self.end = end
        self.root = root
        self.steps = steps


class Call(Node):
    """A function call; ``spread`` when the last argument is followed by ``...``."""

    __slots__ = ("arguments", "name", "spread")

    def __init__(self, start: int, end: int, name: str, arguments: list[Node], *, spread: bool) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.arguments = arguments
        self.spread = spread


class Unary(Node):
    """``-`` or ``!`` before a value."""

    __slots__ = ("operand", "operator")

    def __init__(self, start: int, end: int, operator: str, operand: Node) -> None:
        self.start = start
        self.end = end
        self.operator = operator
        self.operand = operand


class Binary(Node):
    """An operator between two values."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, left: Node, operator: str, right: Node) -> None:
        self.start = left.start
        self.end = right.end
        self.left = left
        self.operator = operator
        self.right = right


class Conditional(Node):
    """``condition ? yes : no``."""

    __slots__ = ("condition", "no", "yes")

    def __init__(self, condition: Node, yes: Node, no: Node) -> None:
        self.start = condition.start
        self.end = no.end
        self.condition = condition
        self.yes = yes
        self.no = no


class Paren(Node):
    """A value in parentheses."""

    __slots__ = ("inner",)

    def __init__(self, start: int, end: int, inner: Node) -> None:
        self.start = start
        self.end = end
        self.inner = inner


class Tuple(Node):
    """``[a, b]``."""

    __slots__ = ("items",)

    def __init__(self, start: int, end: int, items: list[Node]) -> None:
        self.start = start
        self.end = end
        self.items = items


class Object(Node):
    """``{ key = value }``; a key that is a bare Name stands for itself."""

    __slots__ = ("items",)

    def __init__(self, start: int, end: int, items: list[tuple[Node, Node]]) -> None:
        self.start = start
        self.end = end
        self.items = items


class For(Node):
    """``[for name in source : value if condition]``, or with a key ``{for ... : key => value}``."""

    __slots__ = ("condition", "grouped", "key", "names", "source", "value")

    def __init__(self, names: list[str], source: Node) -> None:
        self.start = self.end = source.start
        self.names = names
        self.source = source
        self.key: Node | None = None
        self.value: Node = source
        self.grouped = False
        self.condition: Node | None = None


class Interpolation(Node):
    """``${ inner }`` within a template."""

    __slots__ = ("inner",)

    def __init__(self, start: int, end: int, inner: Node) -> None:
        self.start = start
        self.end = end
        self.inner = inner


class TemplateIf(Node):
    """``%{ if condition } yes %{ else } no %{ endif }``; ``closed`` once its else was seen."""

    __slots__ = ("closed", "condition", "no", "yes")

    def __init__(self, start: int, condition: Node) -> None:
        self.start = self.end = start
        self.condition = condition
        self.closed = False
        self.yes: list[Part] = []
        self.no: list[Part] = []


class TemplateFor(Node):
    """``%{ for name in source } body %{ endfor }``."""

    __slots__ = ("body", "names", "source")

    def __init__(self, start: int, names: list[str], source: Node) -> None:
        self.start = self.end = start
        self.names = names
        self.source = source
        self.body: list[Part] = []


Part: TypeAlias = Literal | Interpolation | TemplateIf | TemplateFor


class Template(Node):
    """A text with ``${}`` or ``%{}`` in it, quoted, a heredoc, or out of JSON."""

    __slots__ = ("parts",)

    def __init__(self, start: int, end: int, parts: list[Part]) -> None:
        self.start = start
        self.end = end
        self.parts = parts


class JsonTemplate(Node):
    """A JSON string, unescaped, that holds a template; it is parsed when it is evaluated."""

    __slots__ = ("text",)

    def __init__(self, start: int, end: int, text: str) -> None:
        self.start = start
        self.end = end
        self.text = text


class JsonKey(Name):
    """A key of a JSON object that holds a template, which counts where the object is a value."""

    __slots__ = ()


class AttributeNode(Node):
    """``name = expression``; the offsets are those of the name."""

    __slots__ = ("expression", "name")

    def __init__(self, start: int, end: int, name: str, expression: Node) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.expression = expression


class BlockNode(Node):
    """``type "label" { ... }``; the offsets are those of the type.

    ``equals`` when HCL1's ``type = { ... }`` was written, which may be an attribute as well.
    """

    __slots__ = ("body", "equals", "labels", "type")

    def __init__(self, start: int, end: int, name: str, labels: list[Name], body: BodyNode) -> None:
        self.start = start
        self.end = end
        self.type = name
        self.labels = labels
        self.body = body
        self.equals = False


class BodyNode(Node):
    """Attributes and blocks in the order of the text; the offsets are those of the braces."""

    __slots__ = ("items",)

    def __init__(self, start: int, end: int, items: list[AttributeNode | BlockNode]) -> None:
        self.start = start
        self.end = end
        self.items = items
