"""What the values of the ``client`` block have to be, beyond their types.

These rules look at what was written, so that they speak even where a type elsewhere is wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ostler.errors import Problem
from ostler.sizes import size_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ostler.config.sections import Reading, Section

    Path = tuple[str, ...]


def check_client(client: Section, reading: Reading) -> None:
    """Complain of every value of the client block that is of the right type and still wrong."""
    for path, value in _values(client.tree):
        rule = _rule(path)
        text = rule(value) if rule else ""
        if text:
            dotted = ".".join(("client", *path))
            reading.problems.append(Problem(client.positions.get(path, ""), dotted, text))


def _values(
    tree: Mapping[str, object], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _values(value, (*path, name))
        else:
            yield (*path, name), value


def _rule(path: Path) -> Callable[[object], str] | None:
    if path[0] == "chroot_env":
        return lambda value: _absolute(path[-1]) or _absolute(value)
    return _RULES.get(".".join(path))


def _size(value: object) -> str:
    try:
        size_bytes(str(value))
    except ValueError as error:
        return str(error)
    return ""


def _extra_path(value: object) -> str:
    if not isinstance(value, list):
        return ""
    wrong = [each for each in value if not re.fullmatch(r"[df]:[rwxc]+:/.*", str(each))]
    return f"each is written d:rwxc:/path or f:rwxc:/path, found {wrong[0]!r}" if wrong else ""


def _at_least_zero(value: object) -> str:
    negative = (
        value.startswith("-") if isinstance(value, str) else isinstance(value, int | float) and value < 0
    )
    return f"must not be negative, found {value}" if negative else ""


def _absolute(value: object) -> str:
    if not isinstance(value, str) or value.startswith("/"):
        return ""
    return f"paths are absolute on both sides, found {value!r}"


_RULES: Final = {
    "artifact.cache.max_age": _at_least_zero,
    "artifact.cache.max_size": _size,
    "artifact.decompression_file_count_limit": _at_least_zero,
    "artifact.decompression_size_limit": _size,
    "artifact.http_max_size": _size,
    "artifact.http_read_timeout": _at_least_zero,
    "artifact.filesystem_isolation_extra_paths": _extra_path,
    "artifact.stall_timeout": _at_least_zero,
    "driver_deadlines.answer": _at_least_zero,
    "driver_deadlines.destroy": _at_least_zero,
    "driver_deadlines.end": _at_least_zero,
    "driver_deadlines.open": _at_least_zero,
    "gc_max_allocs": _at_least_zero,
    "max_kill_timeout": _at_least_zero,
}
