"""Read one section of an agent's file by its table of keys, and collect all that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.config.keys import Fate
from ostler.drivers.settings import Located
from ostler.errors import MistakeError, Problem
from ostler.hcl import Block, HclError, Schema
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ostler.config.keys import Key
    from ostler.hcl import Attribute, Body, Diagnostic, Range, Value

    Path = tuple[str | int, ...]


class Section:
    """What one section says: plain values with their places, and blocks that are still to be read."""

    def __init__(self, where: str) -> None:
        self.tree: dict[str, Any] = {}
        self.positions: dict[Path, str] = {(): where}
        self.names: dict[Path, str] = {}
        self.blocks: list[Block] = []

    def take(self, name: str, value: Value) -> None:
        """Add an evaluated value."""
        self.tree[name] = value.plain()
        for path, place in value.positions().items():
            self.positions[(name, *path)] = _place(place)
        for path, place in value.names().items():
            self.names[(name, *path)] = _place(place)

    def nest(self, name: str, inner: Section) -> None:
        """Add a section that was read by a table of its own."""
        self.tree[name] = inner.tree
        self.positions |= {(name, *path): place for path, place in inner.positions.items()}
        self.names |= {(name, *path): place for path, place in inner.names.items()}


class Reading:
    """The reading of one file: what was wrong, and what was not acted on."""

    def __init__(self, *, lenient: bool) -> None:
        self.lenient = lenient
        self.problems: list[Problem] = []
        self.noted: list[str] = []

    def located(self, section: Section) -> Located:
        """Give a section in the form that settings are read from."""
        return Located(
            value=section.tree, positions=section.positions, names=section.names, lenient=self.lenient
        )

    def section(self, body: Body, table: Mapping[str, Key], path: str) -> Section:
        """Read ``body`` by ``table``; what is noted or refused is dealt with here."""
        found = body.content(_schema(table))
        self.complain(found.diagnostics, path)
        section = Section(_place(body.range))
        for attribute in found.attributes.values():
            where = _dotted(path, attribute.name)
            if self._judged(table[attribute.name], where, attribute.name_range, attribute):
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
        masked = not path.startswith("client")
        self.problems.extend(
            Problem(Place.of(each.range, masked=masked), path, each.message) for each in diagnostics
        )

    def mistake(self, error: MistakeError) -> None:
        """Keep what the settings found."""
        self.problems.extend(error.problems)

    def _judged(self, key: Key, path: str, where: Range, found: Attribute | Block) -> bool:
        """Tell whether the key is acted on; note or refuse it otherwise."""
        if key.fate is Fate.REFUSED and (not key.switches or _on(_plain(found), key.switches)):
            remedy = (
                f"remove it, or set {' and '.join(key.switches)} to false" if key.switches else "remove it"
            )
            self.problems.append(Problem(_place(where), path, f"refused: {key.why}; {remedy}"))
        elif key.fate is not Fate.ACTED:
            self.noted.append(path)
        return key.fate is Fate.ACTED


def _place(where: Range) -> Place:
    """Give a place beside which nothing is shown: any value of an agent's file may be a secret."""
    return Place.of(where, masked=True)


def _plain(found: Attribute | Block) -> object:
    """Give what a key holds; True, which counts as on, where that can't be read."""
    try:
        return (found.body.free() if isinstance(found, Block) else found.value).plain()
    except HclError:
        return True


def _on(found: object, switches: tuple[str, ...], *, inside: bool = False) -> bool:
    """Tell whether a switch is on; it is, too, where what stands in its place can't be read as off.

    JSON writes a label as one more object, so that a switch may stand deeper, ``inside``.
    """
    if isinstance(found, list):
        return any(_on(each, switches, inside=inside) for each in found)
    if isinstance(found, dict):
        return any(
            not _off(value) if name.casefold() in switches else _on(value, switches, inside=True)
            for name, value in found.items()
        )
    return found is not None and not inside


def _off(value: object) -> bool:
    return value is False or value == "false"


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
