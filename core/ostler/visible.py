"""Make control characters visible, so that a name in a job can't command a terminal or pose as a line."""

from __future__ import annotations

from typing import Final

_LAYOUT: Final = {ord("\n"): "\\n", ord("\t"): "\\t"}
_CONTROLS: Final = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in _LAYOUT
}
_ALL: Final = _CONTROLS | _LAYOUT
_IN_JSON: Final = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


def visible(text: str) -> str:
    """Escape every control character but line ends and tabs."""
    return text.translate(_CONTROLS)


def in_a_line(text: str) -> str:
    """Escape every control character, line ends and tabs too."""
    return text.translate(_ALL)


def in_json(document: str) -> str:
    """Escape in a document of JSON the control characters that JSON allows; it means the same."""
    return document.translate(_IN_JSON)
