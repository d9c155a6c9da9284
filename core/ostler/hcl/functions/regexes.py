"""Functions with regular expressions, in the syntax of Go, which is that of the library RE2."""

from __future__ import annotations

import re

from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.types import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Final

    from ostler.hcl.environment import Environment

_REFERENCE: Final = re.compile(r"\$(?:\$|([A-Za-z0-9_]+)|\{([A-Za-z0-9_]+)\})")
_STEPS: Final = 32  # a match takes that much longer than an expression


def _regex_replace(environment: Environment, text: str, pattern: str, replacement: str) -> str:
    r"""Put the replacement in the place of each match of a regular expression.

    regex_replace("app-12", "[0-9]+", "N") -> "app-N"
    regex_replace("John Smith", "(\\w+) (\\w+)", "$2, $1") -> "Smith, John"

    In the replacement, `$1` or `${1}` (in a job file: `$${1}`) stands for a group, `$name` for a named
    one, `$0` for the match and `$$` for a dollar sign; `$1x` is the group of the name `1x`. A group that
    does not exist is empty. The syntax is that of RE2: neither look-around nor back references, and no
    pattern takes more than linear time.
    Source: go-cty RegexReplaceFunc, Go regexp.ReplaceAllString.
    """
    compiled = _compile(pattern)
    environment.step(compiled.programsize)
    pieces = _pieces(compiled, replacement)
    data = text.encode("utf-8")
    found: list[bytes] = []
    copied = 0
    for match in _matches(compiled, data):
        environment.step(_STEPS + 4 * len(pieces))
        put = b"".join(piece if isinstance(piece, bytes) else match.group(piece) or b"" for piece in pieces)
        environment.build(len(put))
        found += [data[copied : match.start()], put]
        copied = match.end()
    return b"".join([*found, data[copied:]]).decode("utf-8", "replace")


def _compile(pattern: str) -> Any:  # noqa: ANN401 - the library has no types
    from ostler.hcl.patterns import PatternError, compiled

    try:
        return compiled(pattern, large=True)
    except PatternError as error:
        raise FunctionError(str(error), 1) from None


def _matches(compiled: Any, data: bytes) -> Iterator[Any]:  # noqa: ANN401 - the library has no types
    """Find the matches from left to right; an empty one right behind another does not count, as in Go."""
    search: Callable[..., Any] = compiled.search
    place, last = 0, -1
    while place <= len(data) and (match := search(data, place)):
        if match.end() > last:
            yield match
            last = match.end()
        place = match.end() if match.end() > place else place + _width(data, place)


def _width(data: bytes, place: int) -> int:
    width = 1
    while data[place + width : place + width + 1] and data[place + width] & 0xC0 == 0x80:  # noqa: PLR2004 - UTF-8
        width += 1
    return width


def _pieces(compiled: Any, replacement: str) -> list[bytes | int]:  # noqa: ANN401 - the library has no types
    """Part a replacement into literal text and the numbers of groups."""
    pieces: list[bytes | int] = []
    copied = 0
    for reference in _REFERENCE.finditer(replacement):
        pieces.append(replacement[copied : reference.start()].encode())
        copied = reference.end()
        name = reference[1] or reference[2]
        group = 0 if name is None else _group(compiled, name)
        if name is None:
            pieces.append(b"$")
        elif group is not None:
            pieces.append(group)
    return [*pieces, replacement[copied:].encode()]


def _group(compiled: Any, name: str) -> int | None:  # noqa: ANN401 - the library has no types
    if name.isdigit():
        return int(name) if len(name) < 6 and int(name) <= compiled.groups else None  # noqa: PLR2004 - few digits
    found: int | None = compiled.groupindex.get(name.encode(), compiled.groupindex.get(name))
    return found


FUNCTIONS: Final = {
    "regex_replace": Function(
        _regex_replace,
        Parameter("text", STRING),
        Parameter("pattern", STRING),
        Parameter("replacement", STRING),
        environment=True,
    ),
}
