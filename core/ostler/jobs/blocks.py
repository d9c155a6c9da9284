"""The words in which the job specification is described: blocks, their keys, and the API's names for both."""

from __future__ import annotations

from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ostler.jobs.durations import SECOND

if TYPE_CHECKING:
    from ostler.hcl import Schema


class Kind(Enum):
    """What a key holds."""

    TEXT = auto()
    WHOLE = auto()
    FLAG = auto()
    DURATION = auto()  # nanoseconds, as the API has it
    TEXTS = auto()  # a list of texts
    NUMBERS = auto()  # a list of whole numbers
    STRINGS = auto()  # a block of texts by free names
    LISTS = auto()  # a block of lists of texts by free names
    FREE = auto()  # a block that only somebody else can judge, such as a driver
    ANY = auto()  # what a server fills in
    BLOCK = auto()


class Shape(Enum):
    """How often a block may stand, and what the API makes of several."""

    ONE = auto()
    MANY = auto()  # a list
    BY_LABEL = auto()  # an object, by the blocks' labels


class Field(NamedTuple):
    """One key or block within a block.

    ``name`` is its name in a job file, empty for what only the API knows; ``api`` its name in the API's
    JSON, empty for what is not printed there.  ``unset`` is printed when it isn't given; a ``sparse``
    field is left out then (it is younger than the version whose output is printed).  ``attribute`` lets
    a block of free names be written with an equals sign too.  ``default`` is what stands for a key that
    isn't given once the job is filled in; a block whose ``default`` is true stands then without being
    written.
    """

    name: str
    api: str
    kind: Kind
    unset: object = None
    sparse: bool = False
    block: BlockType | None = None
    shape: Shape = Shape.ONE
    attribute: bool = False
    default: object = None

    @property
    def key(self) -> str:
        """The name under which a found block keeps the value."""
        return self.name or self.api


class BlockType:
    """A block: its fields, and the API's name for its label (None: it has no label)."""

    def __init__(self, name: str, *fields: Field, label: str | None = None) -> None:
        self.name = name
        self.label = label
        self.fields = fields

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by their name in a job file."""
        return {field.name: field for field in self.fields if field.name}

    @cached_property
    def by_api(self) -> dict[str, Field]:
        """The fields by their name in the API's JSON."""
        return {field.api: field for field in self.fields if field.api}

    @cached_property
    def filled(self) -> list[Field]:
        """The keys that have a default."""
        return [field for field in self.fields if field.kind is not Kind.BLOCK and field.default is not None]

    @cached_property
    def always(self) -> list[Field]:
        """The blocks that stand without being written."""
        return [field for field in self.fields if field.kind is Kind.BLOCK and field.default]

    @cached_property
    def schema(self) -> Schema:
        """What the HCL reader has to know to read such a block."""
        from ostler.hcl import Schema

        blocks = [field for field in self.by_name.values() if field.kind in _BLOCKS]
        return Schema(
            attributes=frozenset(self.by_name) - {field.name for field in blocks},
            blocks={field.name: _labels(field) for field in blocks},
            single=frozenset(field.name for field in blocks if field.shape is Shape.ONE),
            either=frozenset(field.name for field in blocks if field.attribute),
            dynamic=True,
        )


_BLOCKS = {Kind.STRINGS, Kind.LISTS, Kind.FREE, Kind.BLOCK}


def _labels(field: Field) -> tuple[str, ...]:
    return ("name",) if field.block and field.block.label is not None else ()


def text(
    name: str, api: str, unset: str | None = None, *, sparse: bool = False, default: str | None = None
) -> Field:
    """Describe a key that holds a text."""
    return Field(name, api, Kind.TEXT, unset, sparse, default=default)


def whole(
    name: str, api: str, unset: int | None = None, *, sparse: bool = False, default: int | None = None
) -> Field:
    """Describe a key that holds a whole number."""
    return Field(name, api, Kind.WHOLE, unset, sparse, default=default)


def flag(
    name: str, api: str, *, unset: bool | None = None, sparse: bool = False, default: bool | None = None
) -> Field:
    """Describe a key that is true or false."""
    return Field(name, api, Kind.FLAG, unset, sparse, default=default)


def duration(
    name: str, api: str, unset: int | None = None, *, sparse: bool = False, default: int | None = None
) -> Field:
    """Describe a key that holds a duration; ``default`` counts seconds."""
    nanoseconds = None if default is None else default * SECOND
    return Field(name, api, Kind.DURATION, unset, sparse, default=nanoseconds)


def texts(name: str, api: str, *, sparse: bool = False, default: tuple[str, ...] | None = None) -> Field:
    """Describe a key that holds a list of texts."""
    return Field(name, api, Kind.TEXTS, None, sparse, default=default)


def numbers(name: str, api: str) -> Field:
    """Describe a key that holds a list of whole numbers."""
    return Field(name, api, Kind.NUMBERS)


def strings(name: str, api: str, *, sparse: bool = False, attribute: bool = False) -> Field:
    """Describe a block of texts by free names."""
    return Field(name, api, Kind.STRINGS, None, sparse, attribute=attribute)


def lists(name: str, api: str) -> Field:
    """Describe a block of lists of texts by free names."""
    return Field(name, api, Kind.LISTS)


def free(name: str, api: str, *, sparse: bool = False) -> Field:
    """Describe a block that only somebody else can judge."""
    return Field(name, api, Kind.FREE, None, sparse)


def one(name: str, api: str, block: BlockType, *, sparse: bool = False, always: bool = False) -> Field:
    """Describe a block that stands once; ``always`` fills in one that isn't written."""
    return Field(name, api, Kind.BLOCK, None, sparse, block, default=always or None)


def many(name: str, api: str, block: BlockType, *, sparse: bool = False) -> Field:
    """Describe a block that may be repeated."""
    return Field(name, api, Kind.BLOCK, None, sparse, block, Shape.MANY)


def by_label(name: str, api: str, block: BlockType) -> Field:
    """Describe a block that may be repeated and is found by its label."""
    return Field(name, api, Kind.BLOCK, None, False, block, Shape.BY_LABEL)  # noqa: FBT003 - a NamedTuple


def server(api: str, unset: object = None, *, sparse: bool = False, default: object = None) -> Field:
    """Describe what a server fills in: printed, never written in a job file."""
    return Field("", api, Kind.ANY, unset, sparse, default=default)
