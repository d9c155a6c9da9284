"""Read one section of an agent's file by its table of keys, and collect all that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.config.keys import Fate
from ostler.drivers.settings import Located
from ostler.errors import MistakeError, Problem
from ostler.hcl import HclError, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ostler.config.keys import Key
    from ostler.hcl import Block, Body, Diagnostic, Range, Value

    Path = tuple[str | int, ...]


class Section:
    """What one section says: plain values with their places, and blocks that are still to be read."""

    def __init__(self, where: str) -> None:
        self.tree: dict[str, Any] = {}
        self.positions: dict[Path, str] = {(): where}
        self.blocks: list[Block] = []

    def take(self, name: str, value: Value) -> None:
        """Add an evaluated value."""
        self.tree[name] = value.plain()
        for path, place in value.positions().items():
            self.positions[(name, *path)] = str(place)

    def nest(self, name: str, inner: Section) -> None:
        """Add a section that was read by a table of its own."""
        self.tree[name] = inner.tree
        for path, place in inner.positions.items():
            self.positions[(name, *path)] = place


class Reading:
    """The reading of one file: what was wrong, and what was not acted on."""

    def __init__(self, *, lenient: bool) -> None:
        self.lenient = lenient
        self.problems: list[Problem] = []
        self.noted: list[str] = []

    def located(self, section: Section) -> Located:
        """Give a section in the form that settings are read from."""
        return Located(value=section.tree, positions=section.positions, lenient=self.lenient)

    def section(self, body: Body, table: Mapping[str, Key], path: str) -> Section:
        """Read ``body`` by ``table``; what is noted or refused is dealt with here."""
        found = body.content(_schema(table))
        self.complain(found.diagnostics, path)
        section = Section(str(body.range))
        for attribute in found.attributes.values():
            if self._judged(table[attribute.name], _dotted(path, attribute.name), attribute.name_range):
                section.take(attribute.name, attribute.value)
        for block in found.blocks:
            where = _dotted(path, ".".join((block.type, *block.labels)))
            if self._judged(table[block.type], where, block.type_range, block):
                section.blocks.append(block)
        return section

    def free(self, section: Section, block: Block, path: str) -> None:
        """Add to ``section`` a block whose keys anybody may choose."""
        try:
            section.take(block.type, block.body.free())
        except HclError as error:
            self.complain(error.diagnostics, path)

    def complain(self, diagnostics: Iterable[Diagnostic], path: str) -> None:
        """Keep what the language itself found."""
        self.problems.extend(Problem(str(each.range), path, each.message) for each in diagnostics)

    def mistake(self, error: MistakeError) -> None:
        """Keep what the settings found."""
        self.problems.extend(error.problems)

    def _judged(self, key: Key, path: str, where: Range, block: Block | None = None) -> bool:
        """Tell whether the key is acted on; note or refuse it otherwise."""
        if key.fate is Fate.REFUSED and (not key.switches or self._on(key, block)):
            remedy = f"remove it, or turn off {' and '.join(key.switches)}" if key.switches else "remove it"
            self.problems.append(Problem(str(where), path, f"refused: {key.why}; {remedy}"))
        elif key.fate is not Fate.ACTED:
            self.noted.append(path)
        return key.fate is Fate.ACTED

    def _on(self, key: Key, block: Block | None) -> bool:
        try:
            given = block.body.attributes() if block else {}
        except HclError:
            return True
        return any(
            given[name].value.plain() not in {False, "false"} for name in key.switches if name in given
        )


def _schema(table: Mapping[str, Key]) -> Schema:
    return Schema(
        attributes=frozenset(name for name, key in table.items() if key.fate is Fate.ACTED and not key.block),
        blocks={name: key.labels for name, key in table.items() if key.block},
        single=frozenset(
            name for name, key in table.items() if key.fate is Fate.ACTED and key.block and not key.labels
        ),
        either=frozenset(name for name, key in table.items() if key.fate is not Fate.ACTED and not key.block),
    )


def _dotted(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
