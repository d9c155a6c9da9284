from __future__ import annotations

from typing import Final

import pytest

from tests.docs.pages import ROOT

PAGE: Final = (ROOT / "docs" / "explanation" / "security.md").read_text(encoding="utf-8")
HELD: Final = {
    "| take away or forge the output of another task of its group | no": (
        "tests/executor/test_siblings.py",
        "test_the_output_of_a_sibling_is_neither_taken_nor_forged",
    ),
    "| read in /alloc/logs what another task of its group has written | **yes**": (
        "tests/executor/test_siblings.py",
        "test_what_a_sibling_has_written_is_read_in_the_logs",
    ),
}


@pytest.mark.parametrize("row", HELD)
def test_a_row_is_held_by_the_test_that_the_page_names(row: str) -> None:
    path, name = HELD[row]
    assert row in PAGE
    assert f"`{path}`" in PAGE
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
