"""Evaluated values that know where they stand."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import TypeAlias

    from ostler.hcl.position import Range, Source

    Datum: TypeAlias = "bool | int | Decimal | str | list[Value] | dict[str, Value] | None"
    Span: TypeAlias = tuple[int, int]


class Value:
    """A value and its place; ``data`` holds nested values, ``plain`` gives the same without places.

    A whole number is an ``int``, any other number a ``Decimal``.
    """

    __slots__ = ("_end", "_keys", "_source", "_start", "data")

    def __init__(
        self, data: Datum, source: Source, start: int, end: int, keys: dict[str, Span] | None = None
    ) -> None:
        self.data = data
        self._source = source
        self._start = start
        self._end = end
        self._keys = keys

    def __repr__(self) -> str:
        """Show the plain value and its place."""
        return f"<Value {self.plain()!r} at {self.range}>"

    @property
    def range(self) -> Range:
        """Where the value stands."""
        return self._source.range(self._start, self._end)

    @property
    def key_ranges(self) -> dict[str, Range]:
        """Where each key of an object stands; empty for anything else."""
        return {key: self._source.range(*span) for key, span in (self._keys or {}).items()}

    def plain(self) -> object:
        """Give the value without places: int, float, str, bool, None, lists and dicts."""
        data = self.data
        if data is None or isinstance(data, (str, int)):
            return data
        if isinstance(data, list):
            return [item.plain() for item in data]
        if isinstance(data, dict):
            return {key: item.plain() for key, item in data.items()}
        return float(data)

    def positions(self) -> dict[tuple[str | int, ...], Range]:
        """Give the place of every nested value by its path; ``()`` is this value itself."""
        found: dict[tuple[str | int, ...], Range] = {}
        _gather(self, (), found)
        return found

    def names(self) -> dict[tuple[str | int, ...], Range]:
        """Give the place of the key of every nested value that has one, by the value's path."""
        found: dict[tuple[str | int, ...], Range] = {}
        _gather_names(self, (), found)
        return found


def _gather(value: Value, path: tuple[str | int, ...], found: dict[tuple[str | int, ...], Range]) -> None:
    found[path] = value.range
    if isinstance(value.data, dict):
        for key, item in value.data.items():
            _gather(item, (*path, key), found)
    elif isinstance(value.data, list):
        for index, item in enumerate(value.data):
            _gather(item, (*path, index), found)


def _gather_names(
    value: Value, path: tuple[str | int, ...], found: dict[tuple[str | int, ...], Range]
) -> None:
    for key, place in value.key_ranges.items():
        found[(*path, key)] = place
    if isinstance(value.data, dict):
        for key, item in value.data.items():
            _gather_names(item, (*path, key), found)
    elif isinstance(value.data, list):
        for index, item in enumerate(value.data):
            _gather_names(item, (*path, index), found)
