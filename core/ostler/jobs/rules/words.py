"""The rules that many blocks share, in one wording each."""

from __future__ import annotations

import posixpath
from itertools import islice
from typing import TYPE_CHECKING, Final

from ostler.jobs.durations import spoken
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

_SHOWN: Final = 8


def choice(found: Found, name: str, known: tuple[str, ...]) -> Iterator[Problem]:
    """Check that a key, where it is set, holds one of the known words."""
    value = found.get(name)
    if value is not None and value not in known:
        near = nearest(value, known)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(word for word in known if word)}"
        yield found.problem(f"unknown {found.kind.name} {name} {value!r}; {hint}", name)


def within(found: Found, name: str, least: int, most: int | None = None) -> Iterator[Problem]:
    """Check that a whole number, where it is set, lies within limits."""
    value = found.get(name)
    if value is None or (value >= least and (most is None or value <= most)):
        return
    limits = f"at least {least}" if most is None else f"{least} to {most}"
    yield found.problem(f"expected {limits}, found {value}", name)


def not_negative(found: Found, *names: str) -> Iterator[Problem]:
    """Check that no duration lies below zero."""
    for name in names:
        if found.get(name, 0) < 0:
            text = f"expected no duration below zero, found {spoken(found.get(name))!r}"
            yield found.problem(text, name)


def at_least(found: Found, name: str, least: int) -> Iterator[Problem]:
    """Check that a duration is long enough."""
    if found.get(name) < least:
        text = f"expected at least {spoken(least)!r}, found {spoken(found.get(name))!r}"
        yield found.problem(text, name)


def required(found: Found, *names: str, why: str = "") -> Iterator[Problem]:
    """Check that texts are given."""
    for name in names:
        if found.lacks(name):
            yield found.problem(f"required{why}, but missing", name)


def twice(blocks: Iterable[Found], what: str) -> Iterator[Problem]:
    """Check that no two blocks have one name."""
    seen: dict[str, Found] = {}
    for block in blocks:
        first = seen.setdefault(block.label, block)
        if first is not block:
            place = first.where() or first.path
            article = "an" if what[0] in "aeiou" else "a"
            yield block.problem(
                f"there is already {article} {what} named {block.label!r}, at {place}; rename one"
            )


def together(found: Found, first: str, second: str, hint: str = "") -> Iterator[Problem]:
    """Check that of two keys that exclude each other only one is written."""
    if found.written(first) and found.written(second):
        yield found.problem(f"{first!r} and {second!r} exclude each other; write one{hint}", second)


def there_are(names: Collection[str]) -> str:
    """Say which names there are, or the first of many."""
    if not names:
        return "there is none"
    shown = ", ".join(islice(names, _SHOWN))
    return f"there are: {shown}" + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def escapes(path: str, below: str = "") -> bool:
    """Say whether a path, seen from a folder of the task's directory, leaves the allocation's."""
    inside = posixpath.normpath(f"alloc/task/{below}/{path}")
    return inside != "alloc" and not inside.startswith("alloc/")


def inside(found: Found, name: str, below: str = "") -> Iterator[Problem]:
    """Check that a path stays within the allocation's directory."""
    path = found.get(name, "")
    if escapes(path, below):
        text = f"leaves the allocation's directory: {path!r}; write a path such as 'local/'"
        yield found.problem(text, name)
