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


_MOST_STEPS: Final = 20_000_000  # a second or less
_MISTAKE_STEPS: Final = 50_000  # what is refused was read and compiled in vain
_BYTE_STEPS: Final = 500


class PatternError(ValueError):
    """A text is not a regular expression; the message says why."""


class Patterns:
    """The patterns of one text: each compiled once, and all together in a bounded number of steps.

    A step is an instruction of a compiled pattern, or one tried at one byte of what is searched.
    """

    __slots__ = ("_compiled", "_steps_left")

    def __init__(self) -> None:
        self._compiled: dict[str, Any] = {}
        self._steps_left = _MOST_STEPS

    def check(self, pattern: str) -> Any:  # noqa: ANN401 - the library has no types
        """Give the compiled pattern; PatternError for one that is none, or when the steps are used up.

        The error has no message once it was told that they are.
        """
        self._step(1)
        found = self._compiled.get(pattern)
        if found is None:
            self._compiled[pattern] = found = self._tried(pattern)
        if isinstance(found, str):
            raise PatternError(found)
        return found

    def search(self, pattern: str, text: str) -> bool:
        """Say whether a pattern is found in a text; PatternError as `check`."""
        found = self.check(pattern)
        searched = text.encode("utf-8")
        self._step(found.programsize * len(searched))
        return found.search(searched) is not None

    def _tried(self, pattern: str) -> Any:  # noqa: ANN401 - the library has no types
        try:
            found = compiled(pattern)
        except PatternError as error:
            self._step(max(_MISTAKE_STEPS, _BYTE_STEPS * len(pattern)))
            return str(error)
        self._step(found.programsize)
        return found

    def _step(self, count: int) -> None:
        if self._steps_left < 0:
            raise PatternError
        self._steps_left -= count
        if self._steps_left < 0:
            msg = f"all patterns together take more than {_MOST_STEPS} steps; none is tried from here on"
            raise PatternError(msg)


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
