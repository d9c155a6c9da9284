"""What docs/explanation/security.md says of every attempt, on every tier."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "security.md"
COLUMNS = ("as root", "user root", "as user", "user root, no seccomp", "as user, no seccomp", "landlock")
OFFLINE = ("as root, no network", "as user, no network")


@cache
def rows(columns: tuple[str, ...] = COLUMNS) -> dict[str, dict[str, bool]]:
    """Give by attempt and column whether the page says **yes**: it gets through."""
    found: dict[str, dict[str, bool]] = {}
    header = ["Attempt", *columns, "What holds it"]
    for table in _tables(PAGE.read_text(encoding="utf-8"), header):
        for title, *cells, _ in table:
            assert title not in found, f"the page has two rows of {title!r}"
            found[title] = {name: _yes(cell) for name, cell in zip(columns, cells, strict=True)}
    return found


def _tables(text: str, header: list[str]) -> list[list[list[str]]]:
    tables: list[list[list[str]]] = []
    inside = False
    for line in text.splitlines():
        cells = [each.strip() for each in line.strip().strip("|").split("|")]
        if cells == header:
            tables.append([])
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("| ---"):
            tables[-1].append(cells)
    return tables


def _yes(cell: str) -> bool:
    assert cell.startswith(("no", "**yes**")), f"a cell says neither no nor **yes**: {cell!r}"
    return cell.startswith("**yes**")
