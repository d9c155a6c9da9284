"""Values as JSON, spelt as Go's encoding/json and cty do."""

from __future__ import annotations

import re

from ostler.hcl.arithmetic import rounded
from ostler.hcl.datum import number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ostler.hcl.datum import Datum

_ESCAPES: Final = {
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_TO_ESCAPE: Final = re.compile(r"[\x00-\x1f<>&\u2028\u2029]")


def json_text(value: Datum) -> str:
    """Write a value as JSON without spaces, keys in order; `<`, `>` and `&` are escaped."""
    if value is None:
        return "null"
    if isinstance(value, str):
        # The two that may stand by the million are replaced at once.
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{_TO_ESCAPE.sub(_escape, quoted)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        inner = [f"{json_text(key)}:{json_text(value[key])}" for key in sorted(value)]
        return f"{{{','.join(inner)}}}"
    if isinstance(value, list):
        return f"[{','.join([json_text(item) for item in value])}]"
    return number_text(rounded(value))


def _escape(found: re.Match[str]) -> str:
    letter = found[0]
    return _ESCAPES.get(letter) or f"\\u{ord(letter):04x}"
