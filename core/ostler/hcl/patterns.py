"""Regular expressions in the syntax of Go, which is that of the library RE2: no pattern can hang."""

from __future__ import annotations

import re
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_BYTE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\C")  # any byte: in RE2, but not in Go
_LONGEST: Final = 10_000  # bytes; what is longer is not a pattern that anybody wrote
_MOST_MEMORY: Final = 1 << 16  # bytes; a pattern that takes more takes milliseconds too


class PatternError(ValueError):
    """A text is not a regular expression; the message says why."""


def compiled(pattern: str, *, large: bool = False) -> Any:  # noqa: ANN401 - the library has no types
    """Compile a pattern that searches in UTF-8 bytes; PatternError for one that is none.

    A ``large`` one may take megabytes, and up to a tenth of a second: its ``programsize`` says how much.
    Neither look-around nor back references exist, and no match takes more than linear time.
    Source: Go regexp/syntax; google-re2, imported when the first pattern is compiled.
    """
    written = pattern.encode("utf-8")
    if len(written) > _LONGEST:
        msg = f"this regular expression has more than {_LONGEST} bytes"
        raise PatternError(msg)
    if _BYTE.search(pattern):
        msg = "this is not a regular expression of Go: there is no \\C"
        raise PatternError(msg)
    library = import_module("re2")
    options = library.Options()
    options.log_errors = False
    options.max_mem = options.max_mem if large else _MOST_MEMORY
    try:
        return library.compile(written, options)
    except library.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        msg = f"this is not a regular expression of RE2: {reason}"
        raise PatternError(msg) from None
