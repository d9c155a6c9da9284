"""Lay out rows of words in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.visible import in_a_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Give one line a row, whatever its words hold, each column as wide as its widest word."""
    rows = [[in_a_line(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
