"""Read HCL, in either of its forms, into found blocks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from ostler.drivers.conversion import UnexpectedError
from ostler.errors import Problem
from ostler.hcl import HclError
from ostler.jobs import scalars
from ostler.jobs.blocks import Field, Kind, Shape
from ostler.jobs.found import Found
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ostler.hcl import Attribute, Block, Body, Diagnostic, Range, Value
    from ostler.jobs.blocks import BlockType


_MOST_PROBLEMS: Final = 1000


class TooManyError(Exception):
    """There are more mistakes than anybody reads."""


class Decoder:
    """Reads blocks by their tables; whatever is wrong is collected in ``problems``.

    ``root`` is the outermost block, ``unread`` has the paths of blocks of which nothing could be read, and
    ``place`` says where a value comes from.
    """

    def __init__(self, root: BlockType, place: Callable[[Range], Place]) -> None:
        self._root = root
        self.problems: list[Problem] = []
        self.unread: list[str] = []
        self._placed = place

    def block(self, block: Block, kind: BlockType, path: str) -> Found:
        """Read one block, and all within it; TooManyError where that finds more mistakes than are told."""
        if len(self.problems) > _MOST_PROBLEMS:
            raise TooManyError
        label = block.labels[0] if block.labels else ""
        found = Found(kind, path, partial(_header, block), label)
        content = block.body.content(kind.schema)
        self.note(content.diagnostics, path)
        for attribute in content.attributes.values():
            if attribute.name in content.broken:
                found.places[attribute.name] = partial(self._place, attribute.value)
            else:
                self._attribute(attribute, found)
        for nested in content.blocks:
            self._nested(nested, found)
        found.wrong |= content.broken - content.attributes.keys()
        return found

    def note(self, diagnostics: Iterable[Diagnostic], path: str, *, masked: bool = False) -> None:
        """Keep what the HCL reader found wrong in a block."""
        self.problems += [
            Problem(Place.of(each.range, masked=masked), path, self._words(each)) for each in diagnostics
        ]

    def _words(self, found: Diagnostic) -> str:
        if not found.unknown:
            return found.message
        from ostler.jobs.belonging import belonging

        return found.message + belonging(found.unknown, self._root)

    def _attribute(self, attribute: Attribute, found: Found) -> None:
        field, value = found.kind.by_name[attribute.name], attribute.value
        if value.data is None:
            return
        found.places[field.name] = partial(self._place, value)
        if field.kind is Kind.STRINGS:
            found.values[field.name] = self._strings(value, field, found)
            return
        if field.kind is Kind.FREE:
            found.values[field.name] = value
            return
        plain = value.plain() if isinstance(value.data, list) else value.data
        try:
            found.values[field.name] = scalars.LENIENT[field.kind](plain)
        except ValueError as error:
            self._refuse(value, found.dotted(field.name), error)

    def _nested(self, block: Block, found: Found) -> None:
        field = found.kind.by_name[block.type]
        if field.kind is not Kind.BLOCK:
            found.places[field.name] = partial(_header, block)
            self._free_names(field, block.body, found)
        elif field.block:
            siblings = found.blocks.setdefault(field.name, [])
            index = "" if field.shape is Shape.ONE else f"[{len(siblings)}]"
            read = self.block(block, field.block, found.dotted(field.name) + index)
            if field.shape is not Shape.ONE or not siblings:
                siblings.append(read)  # a second one has been refused, and is read for its mistakes only

    def _free_names(self, field: Field, body: Body, found: Found) -> None:
        path = found.dotted(field.name)
        try:
            if field.kind is Kind.FREE:
                found.values[field.name] = body.free()
                return
            attributes, blocks = body.attributes(), body.blocks()
        except HclError as error:
            self.note(error.diagnostics, path, masked=field.kind is Kind.FREE)
            self.unread.append(path)
            return
        for block in blocks:
            self.problems.append(
                Problem(Place.of(block.type_range), path, "expected settings only, found a block")
            )
        values = {name: attribute.value for name, attribute in attributes.items()}
        read = self._texts if field.kind is Kind.STRINGS else self._lists
        found.values[field.name] = read(values, field, found)

    def _strings(self, value: Value, field: Field, found: Found) -> dict[str, str]:
        if isinstance(value.data, dict):
            return self._texts(value.data, field, found)
        error = UnexpectedError("a map of strings", value.plain())
        self._refuse(value, found.dotted(field.name), error)
        return {}

    def _texts(self, values: dict[str, Value], field: Field, found: Found) -> dict[str, str]:
        read = {}
        for name, value in values.items():
            found.places[f"{field.name}.{name}"] = partial(self._place, value)
            read[name] = self._text(value, found.dotted(f"{field.name}.{name}"))
        return read

    def _text(self, value: Value, path: str) -> str:
        try:
            return scalars.text(value.plain() if isinstance(value.data, list | dict) else value.data)
        except ValueError as error:
            self._refuse(value, path, error)
            return ""

    def _lists(self, values: dict[str, Value], field: Field, found: Found) -> dict[str, list[str]]:
        read = {}
        for name, value in values.items():
            try:
                read[name] = scalars.texts(value.plain())
            except ValueError as error:
                self._refuse(value, found.dotted(f"{field.name}.{name}"), error)
        return read

    def _refuse(self, value: Value, path: str, error: ValueError) -> None:
        self.problems.append(Problem(self._place(value), path, str(error)))

    def _place(self, value: Value) -> str:
        return self._placed(value.range)


def _header(block: Block) -> str:
    return Place.of(block.type_range)
