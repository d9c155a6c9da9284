"""Versions and what may be demanded of them: ``>= 1.2, < 2`` and ``~> 1.2``."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSION: Final = re.compile(
    r"v?(?P<numbers>\d+(?:\.\d+)*)"
    r"(?P<prerelease>-[0-9A-Za-z~-]+(?:\.[0-9A-Za-z~-]+)*|[A-Za-z~][0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*)?"
    r"(?:\+[0-9A-Za-z.~-]+)?",
    re.ASCII,
)
_DEMAND: Final = re.compile(r"\s*(?P<operator>~>|[<>!=]=|[<>=]|)\s*(?P<version>[^\s<>=!]+)\s*")
_LARGEST: Final = 2**63 - 1


class Version(NamedTuple):
    """Numbers, and the words after them that make a pre-release."""

    numbers: tuple[int, ...]
    prerelease: str


class Demand(NamedTuple):
    """One part of a constraint, such as ``>= 1.2``; an empty operator means ``=``."""

    operator: str
    version: Version


def parse(text: str) -> Version:
    """Read a version; ValueError where it is none."""
    found = _VERSION.fullmatch(text.strip())
    numbers = tuple(int(number) for number in found["numbers"].split(".")) if found else ()
    if not found or max(numbers) > _LARGEST:
        msg = f"{text!r} is not a version"
        raise ValueError(msg)
    return Version(numbers, (found["prerelease"] or "").removeprefix("-"))


def demands(text: str, *, operators: frozenset[str]) -> list[Demand]:
    """Read a comma-separated constraint; ValueError where a part is none or its operator isn't allowed."""
    return [_demand(part, operators) for part in text.split(",")]


def fulfils(version: Version, demand: Demand) -> bool:
    """Judge as Nomad's operator ``version`` does.

    A pre-release fulfils only a demand that names a pre-release of the same numbers; ``~>`` lets only
    the last number that it gives grow.
    """
    operator, wanted = demand.operator or "=", demand.version
    if operator in {"=", "!="}:
        return compares(version, demand)
    if version.prerelease and not (wanted.prerelease and _padded(version) == _padded(wanted)):
        return False
    if operator != "~>":
        return compares(version, demand)
    if wanted.prerelease and not version.prerelease:
        return False
    return _compare(version, wanted) >= 0 and _within(version, wanted)


def compares(version: Version, demand: Demand) -> bool:
    """Judge by precedence alone, as Nomad's operator ``semver`` does."""
    return _COMPARISONS[demand.operator or "="](_compare(version, demand.version))


_COMPARISONS: Final[dict[str, Callable[[int], bool]]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
SEMVER: Final = frozenset({"", *_COMPARISONS})
VERSION: Final = SEMVER | {"~>"}


def _demand(text: str, operators: frozenset[str]) -> Demand:
    found = _DEMAND.fullmatch(text)
    if not found:
        msg = f"{text.strip()!r} is not a version constraint; write one such as '>= 1.2, < 2'"
        raise ValueError(msg)
    if found["operator"] not in operators:
        allowed = ", ".join(sorted(filter(None, operators)))
        msg = f"operator {found['operator']!r} can't be used here; allowed: {allowed}"
        raise ValueError(msg)
    return Demand(found["operator"], parse(found["version"]))


def _within(version: Version, wanted: Version) -> bool:
    given = wanted.numbers
    if max(len(given), 3) > len(_padded(version)):
        return False
    fixed = len(given) - 1
    return _padded(version)[:fixed] == given[:fixed]


def _padded(version: Version) -> tuple[int, ...]:
    return version.numbers + (0,) * (3 - len(version.numbers))


def _compare(left: Version, right: Version) -> int:
    for mine, other in zip_longest(left.numbers, right.numbers, fillvalue=0):
        if mine != other:
            return -1 if mine < other else 1
    if left.prerelease == right.prerelease:
        return 0
    if not left.prerelease or not right.prerelease:
        return 1 if right.prerelease else -1
    mine_words, other_words = _words(left.prerelease), _words(right.prerelease)
    return (mine_words > other_words) - (mine_words < other_words)


def _words(prerelease: str) -> list[tuple[bool, int, str]]:
    """Make the words comparable: numbers before words, fewer words before more."""
    return [(not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in prerelease.split(".")]
