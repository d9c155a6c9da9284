"""Read the API's JSON of a job into found blocks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from ostler.drivers.conversion import UnexpectedError
from ostler.errors import MistakeError, Problem
from ostler.jobs import scalars
from ostler.jobs.blocks import Field, Kind, Shape
from ostler.jobs.found import Found
from ostler.jobs.names import path_of
from ostler.jobs.tables.job import JOB
from ostler.nearest import nearest
from ostler.places import Place, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ostler.hcl import Value
    from ostler.jobs.blocks import BlockType
    from ostler.jobs.found import Tree

Steps = tuple[str | int, ...]
# What a request to register a job may say beside it; it is for a server.
_REQUEST: Final = {
    *("Job", "Submission", "Region", "Namespace", "SecretID", "EnforceIndex", "JobModifyIndex"),
    *("PolicyOverride", "PreserveCounts", "EvalPriority", "Diff"),
}
_ITEMS: Final = {Kind.STRINGS: Kind.TEXT, Kind.LISTS: Kind.TEXTS}


class Placeless(NamedTuple):
    """A free map that comes from no text."""

    value: object

    def plain(self) -> object:
        """Give the map."""
        return self.value

    def positions(self) -> dict[Steps, Stretch]:
        """Give nothing: no value has a place."""
        return {}

    def names(self) -> dict[Steps, Stretch]:
        """Give nothing: no key has a place."""
        return {}


class Reader:
    """Reads an API document by the tables; whatever is wrong is collected in ``problems``.

    ``root`` is the document as the HCL reader has it, with its places; None for one from no text.
    """

    def __init__(self, root: Value | None = None) -> None:
        self.problems: list[Problem] = []
        self._root = root

    def job(self, document: Mapping[str, Any]) -> Found:
        """Read the job of a document, with or without the key ``Job`` round it."""
        steps: Steps = ("Job",) if "Job" in document else ()
        if steps:
            self._beside(document)
        job = document.get("Job", document)
        if not isinstance(job, Mapping):
            raise MistakeError.single(
                str(UnexpectedError("an object", job)),
                where=self._place(steps),
                path=".".join(map(str, steps)),
            )
        return self.block(job, JOB, path_of(str(job.get("ID") or job.get("Name") or "")), steps)

    def _beside(self, document: Mapping[str, Any]) -> None:
        for name in document.keys() - _REQUEST:
            near = nearest(name, _REQUEST)
            hint = f"did you mean {near!r}?" if near else "the job's own keys stand within 'Job'"
            place = Place.of(self._root.key_ranges[name]) if self._root else ""
            self.problems.append(Problem(place, name, f"unknown key {name!r}; {hint}"))

    def block(self, tree: Mapping[str, Any], kind: BlockType, path: str, steps: Steps) -> Found:
        """Read one block, and all within it."""
        found = Found(kind, path, partial(self._place, steps), str(tree.get(kind.label or "") or ""))
        for name, value in tree.items():
            field = kind.by_api.get(name)
            if field is None:
                if name != kind.label:
                    self._unknown(name, kind, found, steps)
            elif value is not None and not _says_nothing(value, field):
                found.places[field.key] = partial(self._place, (*steps, name))
                self._field(field, value, found, (*steps, name))
        return found

    def _field(self, field: Field, value: object, found: Found, steps: Steps) -> None:
        path = found.dotted(field.key)
        try:
            if field.kind is Kind.BLOCK:
                found.blocks[field.name] = list(self._blocks(field, value, path, steps))
            elif field.kind is Kind.FREE:
                found.values[field.name] = self._tree(_map(value), steps)
            elif field.kind in _ITEMS:
                found.values[field.name] = dict(self._named(field, _map(value), found, steps))
            else:
                found.values[field.key] = (
                    value if field.kind is Kind.ANY else scalars.EXACT[field.kind](value)
                )
        except ValueError as error:
            self._refuse(steps, path, error)

    def _named(
        self, field: Field, values: Mapping[str, Any], found: Found, steps: Steps
    ) -> Iterator[tuple[str, object]]:
        for name, value in values.items():
            found.places[f"{field.name}.{name}"] = partial(self._place, (*steps, name))
            try:
                yield name, scalars.EXACT[_ITEMS[field.kind]](value)
            except ValueError as error:
                self._refuse((*steps, name), found.dotted(f"{field.name}.{name}"), error)

    def _blocks(self, field: Field, value: object, path: str, steps: Steps) -> Iterator[Found]:
        kind = cast("BlockType", field.block)
        if field.shape is Shape.ONE:
            yield self.block(_map(value), kind, path, steps)
            return
        many = field.shape is Shape.MANY
        items: Iterable[tuple[int | str, object]] = enumerate(_list(value)) if many else _map(value).items()
        for index, (label, item) in enumerate(items):
            found = self._item(item, kind, f"{path}[{index}]", (*steps, label))
            found.label = found.label or ("" if many else str(label))
            yield found

    def _item(self, item: object, kind: BlockType, path: str, steps: Steps) -> Found:
        if isinstance(item, Mapping):
            return self.block(item, kind, path, steps)
        self._refuse(steps, path, UnexpectedError("an object", item))
        return Found(kind, path, partial(self._place, steps), "?")

    def _unknown(self, name: str, kind: BlockType, found: Found, steps: Steps) -> None:
        near = nearest(name, kind.by_api)
        hint = f"; did you mean {near!r}?" if near else ""
        parent = self._at(steps)
        place = Place.of(parent.key_ranges[name]) if parent else ""
        self.problems.append(Problem(place, found.dotted(name), f"unknown key {name!r}{hint}"))

    def _refuse(self, steps: Steps, path: str, error: ValueError) -> None:
        self.problems.append(Problem(self._place(steps), path, str(error)))

    def _place(self, steps: Steps) -> str:
        value = self._at(steps)
        return Place.of(value.range) if value else ""

    def _tree(self, value: Mapping[str, Any], steps: Steps) -> Tree:
        return self._at(steps) or Placeless(value)

    def _at(self, steps: Steps) -> Value | None:
        """Give the value at a path, or the nearest one round it."""
        value = self._root
        for step in steps:
            inner = _inside(value, step)
            if inner is None:
                break
            value = inner
        return value


def _says_nothing(value: object, field: Field) -> bool:
    """Say whether a value is what the API has for a field that isn't set."""
    if field.kind in {Kind.ANY, Kind.FREE, Kind.STRINGS} or field.sparse:
        return False
    if field.kind is Kind.BLOCK:
        return field.shape is not Shape.ONE and value in ([], {})
    return type(value) is type(field.unset) and value == field.unset


def _inside(value: Value | None, step: str | int) -> Value | None:
    data = value.data if value else None
    if isinstance(data, dict):
        return data.get(str(step))
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _map(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        expected = "an object"
        raise UnexpectedError(expected, value)
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        expected = "a list"
        raise UnexpectedError(expected, value)
    return list(value)
