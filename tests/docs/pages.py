"""Read the pages of the documentation: their blocks of code and their links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
)
_BLOCK: Final = re.compile(
    r"^(?:<!-- (?P<remark>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)


class Block(NamedTuple):
    """One block of code; ``remark`` is the HTML comment right above it, and says what is done with it.

    ``file: NAME`` writes it down for the blocks below, ``exits with N`` expects that status, ``prints``
    compares it with what the block above printed, and ``not run: REASON`` leaves it alone.
    """

    language: str
    text: str
    line: int
    remark: str

    @property
    def file(self) -> str:
        """The name under which the block is written down."""
        return self.remark.removeprefix("file: ") if self.remark.startswith("file: ") else ""

    @property
    def reason(self) -> str:
        """Why the block is left alone."""
        return self.remark.removeprefix("not run: ") if self.remark.startswith("not run: ") else ""

    @property
    def status(self) -> int:
        """The exit status expected of it."""
        return int(self.remark.removeprefix("exits with ")) if self.remark.startswith("exits with ") else 0


def blocks(page: Path) -> list[Block]:
    """List the blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(each["language"], each["text"], text.count("\n", 0, each.start()) + 1, each["remark"] or "")
        for each in _BLOCK.finditer(text)
    ]


def links(page: Path) -> list[str]:
    """List the targets of a page's links, those in blocks of code left out."""
    return [each["target"] for each in _LINK.finditer(_BLOCK.sub("", page.read_text(encoding="utf-8")))]


def anchors(page: Path) -> set[str]:
    """List the anchors of a page's headings."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {_anchor(each["text"]) for each in _HEADING.finditer(text)}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
