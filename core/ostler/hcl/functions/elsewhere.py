"""Functions that people know from Terraform or Packer, and what to write here."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


_HASH: Final = "write {0}(file(path))"
_NEITHER: Final = "a job file gives the same job each time it is read; pass the time as a variable"
_WRITE: Final[dict[str, str]] = {
    "alltrue": "write !contains(list, false)",
    "anytrue": "write contains(list, true)",
    "base64gzip": "compress the text outside and read it with filebase64(path)",
    "base64sha256": "only hexadecimal digits are given, by sha256(text)",
    "base64sha512": "only hexadecimal digits are given, by sha512(text)",
    "endswith": "write trimsuffix(text, suffix) != text",
    "env": 'pass it as a variable: NOMAD_VAR_name in the environment gives var.name; ${env["NAME"]} is '
    "the task's own environment",
    "filemd5": _HASH.format("md5"),
    "filesha1": _HASH.format("sha1"),
    "filesha256": _HASH.format("sha256"),
    "filesha512": _HASH.format("sha512"),
    "list": "write [a, b]",
    "map": "write { key = value }",
    "matchkeys": "write [for index, value in values : value if contains(wanted, keys[index])]",
    "nonsensitive": "nothing is marked as sensitive here; write the value itself",
    "one": "write list[0]",
    "plantimestamp": _NEITHER,
    "regex": 'write regex_replace(text, "^.*(part).*$", "$1")',
    "regexall": "there is regex_replace(text, pattern, replacement)",
    "reverselist": "write [for index in range(length(list), 0) : list[index - 1]]",
    "sensitive": "nothing is marked as sensitive here; write the value itself",
    "setsubtract": "write [for value in one : value if !contains(other, value)]",
    "startswith": "write trimprefix(text, prefix) != text",
    "strcontains": "write length(split(part, text)) > 1",
    "sum": "a list can't be summed here; pass the sum as a variable",
    "templatefile": "write the text in the job file, or file(path); the block template renders at run time",
    "textdecodebase64": "write base64decode(text), for UTF-8",
    "textencodebase64": "write base64encode(text), for UTF-8",
    "timecmp": "texts of one time zone compare with == alone; sort(list) puts them in order",
    "timestamp": _NEITHER,
    "tobool": "write convert(value, bool)",
    "tolist": "write convert(value, list(string)), with the type of the elements",
    "tomap": "write convert(value, map(string)), with the type of the values",
    "tonumber": "write convert(value, number)",
    "toset": "write convert(value, set(string)), with the type of the elements",
    "tostring": "write convert(value, string)",
    "transpose": "write it with for expressions",
    "urldecode": "there is only urlencode(text)",
    "uuid": "write uuidv4()",
    "vault": "the block template reads secrets when the task starts",
}


def advice(name: str) -> str:
    """Give what to write in the place of a function that is not here, or nothing."""
    return _WRITE.get(name.lower(), "")
