"""Functions of strings; their rules are those of go-cty's stdlib and of Go's package strings."""

from __future__ import annotations

from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import natural, whole
from ostler.hcl.functions.graphemes import clusters, length
from ostler.hcl.types import NUMBER, STRING, ListType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any, Final

    from ostler.hcl.environment import Environment

# What Go's unicode.IsSpace holds for a space; Python's isspace holds U+001C to U+001F for one too.
_SPACES: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def _upper(text: str) -> str:
    """Give the text in capitals, letter by letter: `ß`, which has no single capital, stays.

    upper("nomad") -> "NOMAD"
    upper("straße") -> "STRAßE"

    Source: go-cty UpperFunc.
    """
    return text.upper() if text.isascii() else "".join(map(_capital, text))


def _capital(letter: str) -> str:
    capital = letter.upper()
    return capital if len(capital) == 1 else _initial(letter)


def _initial(letter: str) -> str:
    initial = letter.title()
    return initial if len(initial) == 1 else letter


def _lower(text: str) -> str:
    """Give the text in small letters, letter by letter.

    lower("Nomad") -> "nomad"

    Source: go-cty LowerFunc.
    """
    return text.lower() if text.isascii() else "".join(letter.lower()[0] for letter in text)


def _title(text: str) -> str:
    """Begin each word with a capital; a word begins after what is neither letter, digit nor `_`.

    title("hello big-world of_ours") -> "Hello Big-World Of_ours"

    Source: go-cty TitleFunc, Go strings.Title.
    """
    found: list[str] = []
    starts = True
    for letter in text:
        found.append(_initial(letter) if starts else letter)
        starts = _parts_words(letter)
    return "".join(found)


def _parts_words(letter: str) -> bool:
    if letter.isascii():
        return not (letter.isalnum() or letter == "_")
    return letter in _SPACES


def _reverse(text: str) -> str:
    """Give the characters of a text in reverse order (not the items of a list).

    reverse("nomad") -> "damon"

    A character is a grapheme cluster: a letter stays with its accents.
    Source: go-cty ReverseFunc, which Nomad has under both names, `reverse` and `strrev`.
    """
    return "".join(reversed(clusters(text)))


def _strlen(text: str) -> int:
    """Count the characters of a text; a letter with its accents, or one emoji, is one.

    strlen("nomad") -> 5
    strlen("👨‍👩‍👧") -> 1

    Source: go-cty StrlenFunc.
    """
    return length(text)


def _substr(text: str, offset: int | Decimal, length: int | Decimal) -> str:
    """Cut a part out of a text: at most `length` characters from `offset` on, counted from 0.

    substr("hello world", 1, 4) -> "ello"
    substr("hello world", -5, -1) -> "world"

    A negative offset counts from the end; a negative length takes the rest. An offset behind the end
    gives the empty string. After a negative offset, a length of 0 takes the rest too, as in Nomad.
    Source: go-cty SubstrFunc.
    """
    start, count = whole(offset, 1), whole(length, 2)
    if start >= 0 and count == 0:
        return ""
    letters = clusters(text)
    if start < 0:
        start = max(start + len(letters), 0)
        count = count or -1
    return "".join(letters[start:] if count < 0 else letters[start : start + count])


def _join(environment: Environment, separator: str, *lists: list[str | None]) -> str:
    """Put the strings of one or more lists together, with the separator between them.

    join(", ", ["a", "b"], ["c"]) -> "a, b, c"

    A null within a list is an error.
    Source: go-cty JoinFunc.
    """
    if not lists:
        msg = 'expected one list at least after the separator, as in join(",", ["a", "b"])'
        raise FunctionError(msg)
    items: list[str] = []
    for place, found in enumerate(lists, 1):
        for index, item in enumerate(found):
            if item is None:
                msg = f"element {index} is null, which can't be joined"
                raise FunctionError(msg, place)
            items.append(item)
    environment.build(len(separator) * len(items))
    return separator.join(items)


def _split(separator: str, text: str) -> list[str]:
    """Part a text at each separator; an empty separator parts it into its code points.

    split(",", "a,b,,c") -> ["a", "b", "", "c"]
    split("", "abc") -> ["a", "b", "c"]

    Source: go-cty SplitFunc, Go strings.Split.
    """
    return _strings(text.split(separator) if separator else list(text))


def _replace(environment: Environment, text: str, substring: str, replacement: str) -> str:
    """Put the replacement in the place of each occurrence of the substring, literally.

    replace("1 + 2 + 3", "+", "-") -> "1 - 2 - 3"
    replace("/a/", "/", "") -> "a"

    There are no regular expressions here (`regex_replace` has them). An empty substring stands before
    each code point and at the end.
    Source: go-cty ReplaceFunc, Go strings.Replace.
    """
    environment.build(text.count(substring) * len(replacement))
    return text.replace(substring, replacement)


def _chomp(text: str) -> str:
    r"""Take the line ends off the end of a text.

    chomp("hello\n\r\n") -> "hello"

    Source: go-cty ChompFunc.
    """
    return text.rstrip("\r\n")


def _indent(environment: Environment, spaces: int | Decimal, text: str) -> str:
    r"""Indent every line but the first by a number of spaces; a negative number is an error.

    indent(2, "a:\nb:\nc") -> "a:\n  b:\n  c"

    Source: go-cty IndentFunc.
    """
    width = natural(spaces, 0)
    lines = text.count("\n")
    environment.build(lines * width)
    return text.replace("\n", "\n" + " " * width) if lines else text


def _trim(text: str, characters: str) -> str:
    """Take the given characters, in any order, off both ends of a text.

    trim("?!hello?!", "!?") -> "hello"

    Source: go-cty TrimFunc.
    """
    return text.strip(characters)


def _trimspace(text: str) -> str:
    r"""Take spaces and line ends (the white space of Unicode) off both ends of a text.

    trimspace("  hello\n") -> "hello"

    Source: go-cty TrimSpaceFunc.
    """
    return text.strip(_SPACES)


def _trimprefix(text: str, prefix: str) -> str:
    """Take the prefix off a text that begins with it, once.

    trimprefix("helloworld", "hello") -> "world"

    Source: go-cty TrimPrefixFunc.
    """
    return text.removeprefix(prefix)


def _trimsuffix(text: str, suffix: str) -> str:
    """Take the suffix off a text that ends with it, once.

    trimsuffix("helloworld", "world") -> "hello"

    Source: go-cty TrimSuffixFunc.
    """
    return text.removesuffix(suffix)


def _strings(items: list[str]) -> list[Any]:
    from ostler.hcl.datum import TypedList

    return TypedList(items, STRING)


_TEXT: Final = Parameter("text", STRING)
FUNCTIONS: Final = {
    "chomp": Function(_chomp, _TEXT),
    "indent": Function(_indent, Parameter("spaces", NUMBER), _TEXT, environment=True),
    "join": Function(
        _join,
        Parameter("separator", STRING),
        variadic=Parameter("lists", ListType(STRING)),
        environment=True,
    ),
    "lower": Function(_lower, _TEXT),
    "replace": Function(
        _replace,
        _TEXT,
        Parameter("substring", STRING),
        Parameter("replacement", STRING),
        environment=True,
    ),
    "reverse": Function(_reverse, _TEXT),
    "split": Function(_split, Parameter("separator", STRING), _TEXT),
    "strlen": Function(_strlen, _TEXT),
    "strrev": Function(_reverse, _TEXT),
    "substr": Function(_substr, _TEXT, Parameter("offset", NUMBER), Parameter("length", NUMBER)),
    "title": Function(_title, _TEXT),
    "trim": Function(_trim, _TEXT, Parameter("characters", STRING)),
    "trimprefix": Function(_trimprefix, _TEXT, Parameter("prefix", STRING)),
    "trimspace": Function(_trimspace, _TEXT),
    "trimsuffix": Function(_trimsuffix, _TEXT, Parameter("suffix", STRING)),
    "upper": Function(_upper, _TEXT),
}
