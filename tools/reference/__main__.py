"""Write docs/reference, and the stub of the job specification, anew: `python -m tools.reference`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tools.reference.pages import pages
from tools.reference.stubs import stub

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "reference"
STUB: Final = ROOT / "core" / "ostler" / "jobs" / "specified.pyi"


def main() -> None:
    """Write what changed, and remove what is made no more."""
    written = pages()
    for path, text in written.items():
        page = FOLDER / path
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            print(f"docs/reference/{path}")
    STUB.write_text(stub(), encoding="utf-8")
    for page in FOLDER.rglob("*.md"):
        if page.relative_to(FOLDER).as_posix() not in written:
            page.unlink()


if __name__ == "__main__":
    main()
