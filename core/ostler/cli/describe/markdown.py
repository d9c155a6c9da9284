"""The few forms of Markdown that the reference is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """Mark text as code."""
    return f"`{text}`" if text else ""


def cell(text: str) -> str:
    """Make text fit into a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, with a line's end at its end; nothing where there are no rows."""
    lines = [[cell(each) for each in row] for row in rows]
    if not lines:
        return ""
    written = [list(heads), ["---"] * len(heads), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in written)
