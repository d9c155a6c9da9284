"""Read YAML from the events of PyYAML, with the rules of go-cty-yaml."""

from __future__ import annotations

import yaml

from ostler.hcl.datum import to_text
from ostler.hcl.functions import FunctionError
from ostler.hcl.functions.arguments import short
from ostler.hcl.functions.yaml_scalars import scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final, NoReturn

_DEEPEST: Final = 100
_PREFIX: Final = "tag:yaml.org,2002:"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Merge:
    """Stands for the key `<<`, whose value is merged into the map."""


_MERGE: Final = _Merge()


def read(text: str) -> Any:  # noqa: ANN401 - what was written
    """Give the value of a text of one document; FunctionError for anything that is none."""
    try:
        return _Reading(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        why = getattr(error, "problem", None) or str(error).partition("\n")[0]
        _refuse(f"this is no YAML: {why}{where}")
    except RecursionError:
        _refuse_depth()


class _Reading:
    """Builds values from events; an anchor knows how deep its value is."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Any, int] | None] = {}

    def document(self) -> Any:  # noqa: ANN401 - what was written
        """Read all events."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            _refuse("there is no document in this YAML; null is written ~")
        found, _ = self._node(self._next(), 0)
        self._next()
        if not isinstance(self._next(), yaml.StreamEndEvent):
            _refuse("there is more than one document in this YAML")
        if found is _MERGE:
            _refuse("'<<' is the key of a merge, not a value")
        return found

    def _next(self) -> Any:  # noqa: ANN401 - an event
        return next(self._events)

    def _node(self, event: Any, depth: int) -> tuple[Any, int]:  # noqa: ANN401 - an event
        """Give the value that begins with an event and the number of levels in it."""
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if depth > _DEEPEST:
            _refuse_depth()
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            found = _scalar(event), 0
        elif isinstance(event, yaml.SequenceStartEvent):
            found = self._sequence(event, depth)
        else:
            found = self._mapping(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = found
        return found

    def _alias(self, event: Any, depth: int) -> tuple[Any, int]:  # noqa: ANN401 - an event
        if event.anchor not in self._anchors:
            _refuse(f"there is no anchor &{short(event.anchor)} before it", event)
        found = self._anchors[event.anchor]
        if found is None:
            _refuse(f"the alias *{short(event.anchor)} stands within its own anchor", event)
        if depth + found[1] > _DEEPEST:
            _refuse_depth()
        return found

    def _sequence(self, event: Any, depth: int) -> tuple[Any, int]:  # noqa: ANN401 - an event
        _check_tag(event, "seq")
        found: list[Any] = []
        height = 0
        while not isinstance(inner := self._next(), yaml.SequenceEndEvent):
            item, levels = self._node(inner, depth + 1)
            found.append("<<" if item is _MERGE else item)
            height = max(height, levels)
        return found, height + 1

    def _mapping(self, event: Any, depth: int) -> tuple[Any, int]:  # noqa: ANN401 - an event
        _check_tag(event, "map")
        found: dict[str, Any] = {}
        height = 0
        while not isinstance(inner := self._next(), yaml.MappingEndEvent):
            key, _ = self._node(inner, depth + 1)
            value, levels = self._node(self._next(), depth + 1)
            height = max(height, levels)
            if key is _MERGE:
                _merge(found, value, inner)
            else:
                found[_key(key, inner)] = value
        return found, height + 1


def _merge(found: dict[str, Any], value: Any, event: Any) -> None:  # noqa: ANN401 - a value, an event
    """Merge a map, or a list of maps of which the first counts most."""
    for each in reversed(value) if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            _refuse("only a map, or a list of maps, can be merged (<<) into a map", event)
        found |= each


def _key(key: Any, event: Any) -> str:  # noqa: ANN401 - a value, an event
    text = to_text(key)
    if text is None:
        what = "null" if key is None else "a list or a map"
        _refuse(f"the key of a map can't be {what}", event)
    return text


def _scalar(event: Any) -> Any:  # noqa: ANN401 - an event
    plain = event.implicit[0] and event.style in {None, ""}
    tag = event.tag or ("" if plain else f"{_PREFIX}str")
    if not event.tag and event.value == "<<" and event.style not in {"|", ">"}:  # in quotes too, as in Nomad
        return _MERGE
    kind = tag.removeprefix(_PREFIX) if tag.startswith(_PREFIX) or not tag else None
    if kind == "merge" and event.value == "<<":
        return _MERGE
    if kind not in {"", "str", "bool", "int", "float", "null", "timestamp", "binary"}:
        _refuse(f"there is no tag {short(tag)} here", event)
    try:
        return scalar(event.value, kind)
    except ValueError as error:
        _refuse(str(error), event)


def _check_tag(event: Any, kind: str) -> None:  # noqa: ANN401 - an event
    if event.tag and event.tag != f"{_PREFIX}{kind}":
        _refuse(f"the tag {short(event.tag)} does not fit to a {'list' if kind == 'seq' else 'map'}", event)


def _refuse(why: str, event: Any = None) -> NoReturn:  # noqa: ANN401 - an event
    where = f" (line {event.start_mark.line + 1}, column {event.start_mark.column + 1})" if event else ""
    raise FunctionError(why + where, 0)


def _refuse_depth() -> NoReturn:
    msg = f"this YAML is nested more than {_DEEPEST} levels deep"
    raise FunctionError(msg, 0)
