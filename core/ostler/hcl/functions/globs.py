"""Find files by patterns with `*`, `?`, `[a-z]`, `{a,b}` and `**`, as the Go library doublestar does."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from ostler.hcl.functions import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, NoReturn

    from ostler.hcl.environment import Environment

_MOST_ALTERNATIVES: Final = 1000
_SPECIAL: Final = "*?[{\\"
_STEPS: Final = 16  # looking at an entry takes that much longer than an expression


def find(environment: Environment, start: str, pattern: str) -> Iterator[str]:
    """Give the paths, from ``start`` on, of the regular files below it that match the pattern."""
    found: set[str] = set()
    for alternative in _alternatives(pattern):
        found.update(_matching(environment, start, "", list(_parts(alternative))))
    for path in found:
        if os.path.isfile(os.path.join(start, path)):  # noqa: PTH113, PTH118 - paths are texts here
            yield os.path.normpath(path)


def _parts(pattern: str) -> Iterator[str]:
    before = ""
    for part in pattern.split("/"):
        if part not in {"", "."} and not part == before == "**":
            yield part
            before = part


def _matching(environment: Environment, start: str, path: str, parts: list[str]) -> Iterator[str]:
    """Give the paths below ``start`` that begin with ``path`` and go on with what matches ``parts``."""
    if not parts:
        yield path
        return
    first, rest = parts[0], parts[1:]
    if first == "**":
        yield from _any_depth(environment, start, path, rest)
    elif not any(letter in first for letter in _SPECIAL):
        joined = os.path.join(path, first)  # noqa: PTH118 - paths are texts here
        if os.path.lexists(os.path.join(start, joined)):  # noqa: PTH118
            yield from _matching(environment, start, joined, rest)
    else:
        shell = _shell(first)
        for entry in _entries(environment, start, path):
            if fnmatchcase(entry.name, shell):
                yield from _matching(environment, start, os.path.join(path, entry.name), rest)  # noqa: PTH118


def _any_depth(environment: Environment, start: str, path: str, rest: list[str]) -> Iterator[str]:
    here = os.path.realpath(os.path.join(start, path))  # noqa: PTH118 - paths are texts here
    waiting = [(path, frozenset([here]))]
    while waiting:
        folder, passed = waiting.pop()
        yield from _matching(environment, start, folder, rest)
        for entry in _entries(environment, start, folder):
            inner = os.path.join(folder, entry.name)  # noqa: PTH118
            if not _is_folder(entry):
                if not rest:
                    yield inner
            elif not entry.is_symlink():
                waiting.append((inner, passed))
            elif (target := os.path.realpath(entry.path)) not in passed and not _holds(target, entry.path):
                waiting.append((inner, passed | {target}))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _holds(folder: str, path: str) -> bool:
    return os.path.realpath(os.path.dirname(path)).startswith(f"{folder}/")  # noqa: PTH120


def _entries(environment: Environment, start: str, path: str) -> list[os.DirEntry[str]]:
    """List a folder; what can't be read counts as empty, as in doublestar."""
    try:
        with os.scandir(os.path.join(start, path)) as found:  # noqa: PTH118 - paths are texts here
            entries = list(found)
    except (OSError, ValueError):
        entries = []
    environment.step(_STEPS * (len(entries) + 1))
    return sorted(entries, key=lambda entry: entry.name)


def _alternatives(pattern: str) -> list[str]:
    """Write out every `{a,b}`."""
    waiting, found = [pattern], list[str]()
    while waiting:
        each = waiting.pop()
        opened = _unescaped(each, "{", 0)
        if opened < 0:
            found.append(each)
            continue
        closed = _unescaped(each, "}", opened)
        if closed < 0:
            _refuse("the '{' is never closed")
        waiting += [
            each[:opened] + choice + each[closed + 1 :] for choice in each[opened + 1 : closed].split(",")
        ]
        if len(waiting) + len(found) > _MOST_ALTERNATIVES:
            _refuse(f"it has more than {_MOST_ALTERNATIVES} alternatives")
    return found


def _unescaped(pattern: str, letter: str, start: int) -> int:
    place = start
    while place < len(pattern):
        if pattern[place] == letter:
            return place
        place += 2 if pattern[place] == "\\" else 1
    return -1


def _shell(part: str) -> str:
    """Write a part of a pattern as Python's fnmatch has it."""
    found: list[str] = []
    place = 0
    while place < len(part):
        letter = part[place]
        if letter == "\\":
            place += 1
            if place == len(part):
                _refuse("it ends with a backslash")
            found.append(f"[{part[place]}]")
        elif letter == "[":
            end = part.find("]", place + 2)
            if end < 0:
                _refuse("the '[' is never closed")
            inner = part[place + 1 : end]
            found.append(f"[!{inner[1:]}]" if inner[0] == "^" else f"[{inner}]")
            place = end
        else:
            found.append(letter)
        place += 1
    return "".join(found)


def _refuse(why: str) -> NoReturn:
    msg = f"this is no pattern for files: {why}"
    raise FunctionError(msg, 1)
