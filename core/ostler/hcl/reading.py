"""What reading by a schema says, in the native syntax and in JSON alike."""

from __future__ import annotations

from ostler.hcl.spelling import suggestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ostler.hcl.body import Content, Schema
    from ostler.hcl.position import Range

_MOST_SUGGESTIONS: Final = 100  # in one body, so that a file of mistakes takes no time to be read


class Seen:
    """Remembers the names of one body, and complains of those that come twice."""

    def __init__(self, content: Content, schema: Schema) -> None:
        self._content = content
        self._schema = schema
        self._attributes: dict[str, Range] = {}
        self._blocks: dict[str, Range] = {}

    def attribute(self, name: str, where: Range) -> bool:
        """Say whether this attribute is the first of its name."""
        if name in self._attributes:
            self._complain(where, f"'{name}' is set twice", self._attributes[name])
            return False
        self._attributes[name] = where
        if name in self._blocks:
            self._complain(where, f"'{name}' is given both as a key and as a block", self._blocks[name])
        return True

    def block(self, name: str, where: Range) -> None:
        """Note a block."""
        if name in self._blocks and name in self._schema.single:
            self._complain(where, f"the block '{name}' is allowed once", self._blocks[name])
        elif name in self._attributes:
            self._complain(where, f"'{name}' is given both as a block and as a key", self._attributes[name])
        self._blocks.setdefault(name, where)

    def _complain(self, where: Range, message: str, first: Range) -> None:
        self._content.complain(where, f"{message}; the first stands in line {first.start.line}")


def refuse_attribute(content: Content, schema: Schema, name: str, where: Range) -> None:
    """Complain of an attribute that the schema does not know."""
    if name not in schema.blocks:
        _refuse_unknown(content, schema, "key", name, where)
        return
    shape = " ".join([name, *(f'"{label}"' for label in schema.blocks[name])])
    content.complain(where, f"'{name}' is a block: write {shape} {{ ... }} without '='")


def refuse_block(content: Content, schema: Schema, name: str, where: Range) -> None:
    """Complain of a block that the schema does not know."""
    if name in schema.attributes:
        content.complain(where, f"'{name}' is a key, not a block: write {name} = ...")
        return
    _refuse_unknown(content, schema, "block", name, where)


def check_labels(
    content: Content, name: str, wanted: tuple[str, ...], found: list[tuple[str, Range]], where: Range
) -> None:
    """Complain of a block that has too few or too many labels."""
    if len(found) < len(wanted):
        shape = " ".join([name, *(f'"{label}"' for label in wanted)])
        content.complain(where, f"the block '{name}' lacks its {wanted[len(found)]}: write {shape} {{ ... }}")
    elif len(found) > len(wanted):
        label, place = found[len(wanted)]
        count = "no label" if not wanted else "one label" if len(wanted) == 1 else f"{len(wanted)} labels"
        content.complain(place, f"the block '{name}' takes {count}, found \"{label}\" as well")


def _refuse_unknown(content: Content, schema: Schema, what: str, name: str, where: Range) -> None:
    near = _suggest(content, name, schema)
    content.complain(where, f"unknown {what} '{name}'{near}", "" if near else name)


def _suggest(content: Content, name: str, schema: Schema) -> str:
    if len(content.diagnostics) > _MOST_SUGGESTIONS:
        return ""
    return suggestion(name, {*schema.attributes, *schema.blocks, *schema.either})
