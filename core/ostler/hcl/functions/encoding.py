"""Functions that read and write texts of other kinds: base64, URLs, JSON and CSV."""

from __future__ import annotations

from ostler.hcl.datum import TypedList, normalized
from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import short
from ostler.hcl.functions.json_text import json_text
from ostler.hcl.types import STRING, ObjectType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, NoReturn

    from ostler.hcl.datum import Datum
    from ostler.hcl.environment import Environment


def _base64decode(text: str) -> str:
    """Give the text that is written in base64 (the standard alphabet, with its padding).

    base64decode("SGVsbG8=") -> "Hello"

    Errors: what is no base64, and bytes that are no UTF-8.
    Source: go-cty-funcs Base64DecodeFunc.
    """
    data = decode_base64(text, 0)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        msg = "the decoded bytes are no text (UTF-8)"
        raise FunctionError(msg, 0) from None


def decode_base64(text: str, argument: int) -> bytes:
    """Give the bytes that are written in base64; line ends count nothing. FunctionError for anything else."""
    import binascii

    try:
        return binascii.a2b_base64(text.replace("\r", "").replace("\n", ""), strict_mode=True)
    except ValueError:  # binascii.Error, or a letter that is not ASCII
        msg = "this is not written in base64 (letters, digits, '+' and '/', padded with '=')"
        raise FunctionError(msg, argument) from None


def _base64encode(text: str) -> str:
    """Write the UTF-8 bytes of a text in base64.

    base64encode("Hello") -> "SGVsbG8="

    Source: go-cty-funcs Base64EncodeFunc.
    """
    import binascii

    return binascii.b2a_base64(text.encode("utf-8"), newline=False).decode("ascii")


def _urlencode(text: str) -> str:
    """Write a text so that it can stand in the query of a URL: a space becomes `+`.

    urlencode("a b&c=ä/") -> "a+b%26c%3D%C3%A4%2F"

    Source: go-cty-funcs URLEncodeFunc, Go url.QueryEscape.
    """
    from urllib.parse import quote_plus

    return quote_plus(text)


def _jsonencode(environment: Environment, value: Datum) -> str:
    r"""Write a value as JSON: keys in order, no spaces, and `<`, `>`, `&` as in `\u003c`.

    jsonencode({ b = [1.50, null], a = "<x>" }) -> "{\"a\":\"\\u003cx\\u003e\",\"b\":[1.5,null]}"

    Source: go-cty JSONEncodeFunc.
    """
    environment.weigh(value)
    return json_text(value)


def _jsondecode(text: str) -> Datum:
    r"""Read JSON: objects, lists (tuples), strings, numbers of any precision, true, false and null.

    jsondecode("{\"a\": [1, true]}") -> { a = [1, true] }

    Of equal keys, the last one counts. Errors: what is no JSON (also `NaN` and anything behind the
    value), numbers of more than 1000 digits, and more than 100 levels.
    Source: go-cty JSONDecodeFunc.
    """
    import json

    from ostler.hcl.numerals import number

    try:
        found = json.loads(text, parse_int=number, parse_float=number, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        why = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
        msg = f"this is no JSON: {why} in {place}"
        raise FunctionError(msg, 0) from None
    except RecursionError:
        _refuse_depth()
    except ValueError as error:
        raise FunctionError(str(error), 0) from None
    mended: Datum = settled(found)
    return mended


def _refuse_constant(name: str) -> NoReturn:
    msg = f"this is no JSON: {name} is no number"
    raise ValueError(msg)


_DEEPEST: Final = 100


def _refuse_depth() -> NoReturn:
    msg = f"this is nested more than {_DEEPEST} levels deep"
    raise FunctionError(msg, 0)


def settled(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - what was read
    """Mend strings that hold half of a pair of surrogates, as Go does; FunctionError for deep nesting."""
    if depth > _DEEPEST:
        _refuse_depth()
    if isinstance(value, str):
        if value.isascii():
            return value
        return normalized(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    if isinstance(value, dict):
        return {settled(key): settled(item, depth + 1) for key, item in value.items()}
    return [settled(item, depth + 1) for item in value] if isinstance(value, list) else value


def _csvdecode(text: str) -> list[Any]:
    r"""Read a table with commas, whose first line names the columns, into a list of objects of strings.

    csvdecode("a,b\n1,2\n3,4\n") -> [{ a = "1", b = "2" }, { a = "3", b = "4" }]

    A field in quotes may hold commas, line ends and doubled quotes; empty lines are left out. Errors: no
    first line, equal names of columns, another number of fields than the first line has, a quote
    within a field without quotes.
    Source: go-cty CSVDecodeFunc, Go encoding/csv.
    """
    from ostler.hcl.functions.tables import records

    rows = iter(records(text))
    _, names = next(rows, (1, None))
    if names is None:
        msg = "the first line, with the names of the columns, is missing"
        raise FunctionError(msg, 0)
    columns = dict.fromkeys(names, STRING)
    if len(columns) != len(names):
        name = next(name for name in columns if names.count(name) > 1)
        msg = f"two columns have the name {short(name)!r}"
        raise FunctionError(msg, 0)
    kind = ObjectType(columns)
    return TypedList([_row(names, fields, line) for line, fields in rows], kind)


def _row(names: list[str], fields: list[str], line: int) -> dict[str, str]:
    if len(fields) != len(names):
        msg = f"expected {len(names)} fields in line {line}, as in the first line, found {len(fields)}"
        raise FunctionError(msg, 0)
    return dict(zip(names, fields, strict=True))


_TEXT: Final = Parameter("text", STRING)
FUNCTIONS: Final = {
    "base64decode": Function(_base64decode, _TEXT),
    "base64encode": Function(_base64encode, _TEXT),
    "csvdecode": Function(_csvdecode, _TEXT),
    "jsondecode": Function(_jsondecode, _TEXT),
    "jsonencode": Function(_jsonencode, Parameter("value", null=True), environment=True),
    "urlencode": Function(_urlencode, _TEXT),
}
