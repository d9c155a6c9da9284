"""The functions `format` and `formatlist`; their verbs are a part of those of Go's package fmt."""

from __future__ import annotations

import re

from ostler.hcl.datum import TypedList, describe_datum, to_text
from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import short
from ostler.hcl.functions.graphemes import clusters, length
from ostler.hcl.functions.json_text import json_text
from ostler.hcl.types import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, NoReturn

    from ostler.hcl.datum import Datum
    from ostler.hcl.environment import Environment

_VERB: Final = re.compile(
    r"%(?:(%)|([0#\-+ ]*)(?:\[([1-9][0-9]*)\])?([1-9][0-9]*)?(?:\.([0-9]*))?([A-Za-z]))"
)
_BEGUN: Final = re.compile(r"%[0#\-+ ]*(?:\[(?:[1-9][0-9]*\]?)?)?[0-9]*(?:\.[0-9]*)?")
_STEPS: Final = 8  # a verb takes that much longer than an expression
_WIDEST: Final = 1_000_000  # as in Go, which prints nonsense beyond
_KNOWN: Final = "vtbdoxXeEfgGsq"
_INTEGERS: Final = "bdoxX"


class _Verb:
    """One verb of a format string."""

    def __init__(self, found: re.Match[str]) -> None:
        _, flags, place, width, precision, mode = found.groups()
        self.written = found[0]
        self.flags = flags
        self.place = int(place[:9]) if place else 0
        self.width = int(width[:9]) if width else 0
        self.precision = None if precision is None else int(precision[:9] or "0")
        self.mode = mode

    def pad(self, text: str) -> str:
        """Fill a text up to the width, counted in characters."""
        missing = self.width - length(text) if self.width else 0
        if missing <= 0:
            return text
        filling = ("0" if "0" in self.flags else " ") * missing
        return text + filling if "-" in self.flags else filling + text

    def refuse(self, expected: str, value: Datum, place: int) -> NoReturn:
        """Say that the verb does not fit to its value."""
        msg = f"{self.written} needs {expected}, found {describe_datum(value)}"
        raise FunctionError(msg, place)


def _format(environment: Environment, pattern: str, *values: Datum) -> str:
    r"""Put values into a text in which verbs like `%s` stand for them.

    format("%s has %d items", "list", 3) -> "list has 3 items"
    format("%5.2f|%-5s|%05d", 3.14159, "ab", 42) -> " 3.14|ab   |00042"
    format("%[2]s %[1]s", "a", "b") -> "b a"
    format("%v %#v", true, {"a" = [1]}) -> "true {\"a\":[1]}"

    `%s` is a string, `%q` one as JSON, `%d` a whole number (`%b` binary, `%o` octal, `%x` and `%X`
    hexadecimal), `%f` a number with decimals, `%e` one with an exponent, `%g` the shorter of both, `%t`
    a bool, `%v` any value, `%#v` any value as JSON, `%%` a percent sign. Between come the flags `+`,
    `-`, `0`, `#` and a space, the number of the value (`%[2]s`), the width and the precision (`%8.3f`).
    Width and precision of strings count characters, not bytes. Errors: an unknown verb, a value of
    the wrong type, null except for `%v`, too few and too many values, and, other than in Nomad, a
    width or precision above 1,000,000.
    Source: go-cty FormatFunc.
    """
    return _fill(environment, pattern, values)


def _formatlist(environment: Environment, pattern: str, *values: Datum) -> list[Any]:
    """Format once for each element of the lists among the values; the other values repeat.

    formatlist("%s=%d", ["a", "b"], 1) -> ["a=1", "b=1"]
    formatlist("%s-%s", ["a", "b"], ["x", "y"]) -> ["a-x", "b-y"]

    All lists have to be of one length. The verbs are those of `format`.
    Source: go-cty FormatListFunc.
    """
    lists = {place: value for place, value in enumerate(values, 1) if isinstance(value, list)}
    lengths = {place: len(value) for place, value in lists.items()}
    first = next(iter(lengths), 0)
    for place, count in lengths.items():
        if count != lengths[first]:
            msg = f"expected {lengths[first]} elements, as in argument {first + 1}, found {count}"
            raise FunctionError(msg, place)
    rounds = lengths.get(first, 1)
    environment.build_elements(rounds)
    filled: list[str] = []
    for index in range(rounds):
        row = [value[index] if isinstance(value, list) else value for value in values]
        try:
            filled.append(_fill(environment, pattern, row))
        except FunctionError as error:
            where = f" (for element {index})" if lists else ""
            raise FunctionError(error.message + where, error.argument) from None
    return TypedList(filled, STRING)


def _fill(environment: Environment, pattern: str, values: tuple[Datum, ...] | list[Datum]) -> str:
    pieces: list[str] = []
    place = following = highest = 0
    while (percent := pattern.find("%", place)) >= 0:
        pieces.append(pattern[place:percent])
        found = _VERB.match(pattern, percent)
        if found is None:
            _refuse_verb(pattern, percent)
        place = found.end()
        if found[1]:
            pieces.append("%")
            continue
        verb = _Verb(found)
        following = (verb.place or following + 1) - 1
        highest = max(highest, following + 1)
        put = _put(environment, verb, following, values)
        environment.step(_STEPS)
        environment.build(len(put))
        pieces.append(put)
        following += 1
    if highest < len(values):
        used = f"uses only {highest} of {len(values)}" if highest else "has no verb for any"
        msg = f"too many values: the format string {used}"
        raise FunctionError(msg, highest + 1)
    return "".join([*pieces, pattern[place:]])


def _refuse_verb(pattern: str, percent: int) -> NoReturn:
    began = _BEGUN.match(pattern, percent)
    end = began.end() if began else percent + 1
    if end >= len(pattern):
        msg = f"the format string ends within '{short(pattern[percent:])}'; a percent sign is written %%"
    else:
        found = short(pattern[percent : end + 1])
        msg = f"'{found}' is no verb: {pattern[end]!r} can't stand there; a percent sign is written %%"
    raise FunctionError(msg, 0)


def _put(environment: Environment, verb: _Verb, index: int, values: tuple[Datum, ...] | list[Datum]) -> str:
    if verb.mode not in _KNOWN:
        known = ", ".join(f"%{mode}" for mode in _KNOWN)
        msg = f"there is no verb {short(verb.written)}; the verbs are {known}"
        raise FunctionError(msg, 0)
    if index >= len(values):
        msg = f"{verb.written} stands for value {index + 1}, but the number of values is {len(values)}"
        raise FunctionError(msg, 0)
    if max(verb.width, verb.precision or 0) > _WIDEST:
        msg = f"the width and the precision of {verb.written} may be {_WIDEST} at most"
        raise FunctionError(msg, 0)
    environment.build(verb.width + (verb.precision or 0))
    value, place = values[index], index + 1
    if verb.mode == "v":
        return _as_is(verb, value)
    if value is None:
        verb.refuse("a value that is not null", value, place)
    if verb.mode == "t":
        return _bool(verb, value, place)
    return _string(verb, value, place) if verb.mode in "sq" else _number(verb, value, place)


def _as_is(verb: _Verb, value: Datum) -> str:
    from decimal import Decimal

    if "#" not in verb.flags:
        if isinstance(value, str):
            return verb.pad(value)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            from ostler.hcl.functions.decimals import shortest

            return verb.pad(shortest(value))
    return verb.pad(json_text(value))


def _bool(verb: _Verb, value: Datum, place: int) -> str:
    from ostler.hcl.functions.arguments import converted
    from ostler.hcl.types import BOOL

    found = converted(value, BOOL)
    if not isinstance(found, bool):
        verb.refuse("a bool", value, place)
    return "true" if found else "false"


def _string(verb: _Verb, value: Datum, place: int) -> str:
    text = to_text(value)
    if text is None:
        verb.refuse("a string", value, place)
    if verb.precision:
        text = "".join(clusters(text)[: verb.precision])
    return verb.pad(json_text(text) if verb.mode == "q" else text)


def _number(verb: _Verb, value: Datum, place: int) -> str:
    from ostler.hcl.functions import decimals
    from ostler.hcl.functions.arguments import converted
    from ostler.hcl.types import NUMBER

    found = converted(value, NUMBER)
    if found is None or isinstance(found, (str, list, dict)):
        verb.refuse("a number", value, place)
    if verb.mode not in _INTEGERS:
        digits = decimals.written(decimals.positive(found), verb.mode, verb.precision)
        return _signed(verb, digits, negative=found < 0, zeros="0" in verb.flags)
    if not isinstance(found, int):
        verb.refuse("a whole number", value, place)
    return _integer(verb, found)


def _integer(verb: _Verb, number: int) -> str:
    digits = format(abs(number), verb.mode)
    if verb.precision is not None:
        digits = "" if number == verb.precision == 0 else digits.rjust(verb.precision, "0")
        if not digits:
            return ""
    prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb.mode, "") if "#" in verb.flags else ""
    zeros = "0" in verb.flags and verb.precision is None
    return _signed(verb, digits, negative=number < 0, zeros=zeros, prefix=prefix)


def _signed(verb: _Verb, digits: str, *, negative: bool, zeros: bool, prefix: str = "") -> str:
    sign = "-" if negative else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    head = sign + prefix
    if "-" in verb.flags:
        return (head + digits).ljust(verb.width)
    if zeros:
        return head + digits.rjust(verb.width - len(head), "0")
    return (head + digits).rjust(verb.width)


_PATTERN: Final = Parameter("format", STRING)
_VALUES: Final = Parameter("values", null=True)
FUNCTIONS: Final = {
    "format": Function(_format, _PATTERN, variadic=_VALUES, environment=True),
    "formatlist": Function(_formatlist, _PATTERN, variadic=_VALUES, environment=True),
}
