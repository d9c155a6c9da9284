"""Note the deprecated fields that a configuration block uses, and tell those that should be gone by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_type_hints

import attrs

from ostler.drivers.fields import declared
from ostler.drivers.kinds import block_class, blocks
from ostler.drivers.settings import dotted
from ostler.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ostler.drivers.deprecation import Deprecated
    from ostler.drivers.settings import Located

    Path = tuple[str | int, ...]


def remarks(cls: type[Any], source: Located, *, path: str, provider: Callable[[], str]) -> list[str]:
    """Note each deprecated field that ``source`` sets, with its place and what to use instead.

    ``provider`` is asked for the name of the driver's package, whose versions the deprecations speak of.
    """
    return [
        str(Problem(source.where_key(at), dotted(path, at), _words(deprecated, provider)))
        for at, deprecated in _used(cls, source.value, ())
    ]


def expired(cls: type[Any], version: str) -> list[str]:
    """Name the deprecated fields of a settings class that ``version`` should not have any more.

    A version that is not known counts as 0.
    """
    found = dict(_deprecated(cls, ()))
    return [f"{name}: {each}" for name, each in found.items() if each.expired(version or "0")]


def _words(deprecated: Deprecated, provider: Callable[[], str]) -> str:
    since, instead = f"{provider()} {deprecated.since}", repr(deprecated.instead)
    return str(deprecated._replace(since=since, instead=instead))


def _used(cls: type[Any], tree: object, path: Path) -> Iterator[tuple[Path, Deprecated]]:
    """List the deprecated fields that a tree of values sets; what is no block is for others to refuse."""
    for block in blocks(cls, tree, path):
        fields = attrs.fields_dict(block.cls)
        for name in (each for each in block.values if each in fields):  # in the order of the file
            if deprecated := declared(fields[name]).deprecated:
                yield (*block.path, name), deprecated


def _deprecated(cls: type[Any], round_it: tuple[type[Any], ...]) -> Iterator[tuple[str, Deprecated]]:
    hints = get_type_hints(cls)
    for field in attrs.fields(cls):
        if deprecated := declared(field).deprecated:
            yield f"{cls.__name__}.{field.name}", deprecated
        inner = block_class(hints[field.name])
        if inner is not None and inner not in (*round_it, cls):
            yield from _deprecated(inner, (*round_it, cls))
