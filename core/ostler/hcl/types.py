"""The types of the language: what a variable may ask for and what a value has.

The rules follow cty, the type system of HCL2: a ``[...]`` is a tuple and a ``{...}`` an object until
they are converted; lists, sets and maps hold values of one type.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Final


class Type:
    """A type; its ``str`` is the type expression that means it."""

    __slots__ = ()

    def _parts(self) -> object:
        """Give what has to be equal for two types of one kind to be the same."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Type) and self._parts() == other._parts())

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return str(self)


class Primitive(Type):
    """``string``, ``number``, ``bool``, or ``any``, which every value has."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def _parts(self) -> object:
        return self.name

    def __str__(self) -> str:
        return self.name


STRING: Final = Primitive("string")
NUMBER: Final = Primitive("number")
BOOL: Final = Primitive("bool")
DYNAMIC: Final = Primitive("any")


class CollectionType(Type):
    """Any number of values of the type ``element``."""

    __slots__ = ("element",)
    keyword = ""

    def __init__(self, element: Type) -> None:
        self.element = element

    def _parts(self) -> object:
        return self.keyword, self.element

    def __str__(self) -> str:
        return f"{self.keyword}({self.element})"


class ListType(CollectionType):
    """A list."""

    __slots__ = ()
    keyword = "list"


class SetType(CollectionType):
    """A set: every value once, in the order of the values."""

    __slots__ = ()
    keyword = "set"


class MapType(CollectionType):
    """A map: values by their names."""

    __slots__ = ()
    keyword = "map"


class TupleType(Type):
    """Values in an order, each of its own type."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[Type]) -> None:
        self.items = tuple(items)

    def _parts(self) -> object:
        return self.items

    def __str__(self) -> str:
        return f"tuple([{', '.join(map(str, self.items))}])"


class ObjectType(Type):
    """Named attributes, each of its own type.

    ``optional`` has the names that may be missing, each with the value that then stands there.
    """

    __slots__ = ("attributes", "optional")

    def __init__(self, attributes: Mapping[str, Type], optional: Mapping[str, object] | None = None) -> None:
        self.attributes = dict(attributes)
        self.optional = dict(optional or {})

    def _parts(self) -> object:
        return self.attributes, set(self.optional)

    def __str__(self) -> str:
        inner = [
            f"{name} = optional({kind})" if name in self.optional else f"{name} = {kind}"
            for name, kind in self.attributes.items()
        ]
        return f"object({{{', '.join(inner)}}})"


def describe(kind: Type) -> str:
    """Give the words for a value of a type, as in ``expected a list of strings``."""
    if kind == DYNAMIC:
        return "any value"
    words = _words(kind)
    return f"an {words}" if words == "object" else f"a {words}"


def _words(kind: Type) -> str:
    if isinstance(kind, CollectionType):
        inner = "" if kind.element == DYNAMIC else f" of {_plural(kind.element)}"
        return kind.keyword + inner
    if isinstance(kind, TupleType):
        return f"tuple of {len(kind.items)}"
    return "object" if isinstance(kind, ObjectType) else str(kind)


def _plural(kind: Type) -> str:
    if isinstance(kind, TupleType):
        return f"tuples of {len(kind.items)}"
    first, space, rest = _words(kind).partition(" ")
    return f"{first}s{space}{rest}"


def is_exact(kind: Type) -> bool:
    """Say whether ``any`` stands nowhere in a type."""
    if isinstance(kind, CollectionType):
        return is_exact(kind.element)
    if isinstance(kind, TupleType):
        return all(map(is_exact, kind.items))
    return all(map(is_exact, kind.attributes.values())) if isinstance(kind, ObjectType) else kind != DYNAMIC
