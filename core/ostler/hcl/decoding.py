"""Turn bytes into a source text, or say at which byte that is impossible."""

from __future__ import annotations

import re

from ostler.hcl.position import Diagnostic, HclError, Pos, Range, Source

_SURROGATE = re.compile("[\ud800-\udfff]").search


def decode(text: str | bytes, filename: str) -> Source:
    """Give the source; HclError for what is not UTF-8 text."""
    decoded = text if isinstance(text, str) else _decoded(text, filename)
    source = Source(decoded.removeprefix("\ufeff"), filename)
    if isinstance(text, str) and not text.isascii() and (lone := _SURROGATE(source.text)):
        msg = f"a lone surrogate, U+{ord(lone[0]):04X}: expected a text, which has none"
        raise HclError([Diagnostic(source.range(*lone.span()), msg)])
    nul = source.text.find("\0")
    if nul >= 0:
        msg = f"a zero byte at offset {nul}: expected a text, found a binary file"
        raise HclError([Diagnostic(source.range(nul, nul + 1), msg)])
    return source


def _decoded(text: bytes, filename: str) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _undecodable(text, error.start, filename) from None


def _undecodable(text: bytes, offset: int, filename: str) -> HclError:
    before = text[:offset].decode("utf-8")
    place = Pos(before.count("\n") + 1, len(before) - before.rfind("\n"), len(before))
    msg = f"invalid UTF-8: byte 0x{text[offset]:02x} at offset {offset}; expected a text in UTF-8"
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        msg += ", found UTF-16; save the file as UTF-8"
    return HclError([Diagnostic(Range(filename, place, place), msg)])
