from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from ostler import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).with_name("golden")


class Golden(Protocol):
    def __call__(self, name: str, words: str) -> None: ...


@pytest.fixture
def golden(data_dir: Path) -> Golden:
    """Compare words with a golden file."""

    def compare(name: str, words: str) -> None:
        found = words.replace(str(data_dir), "DATA").replace(sys.executable, "PYTHON") + "\n"
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("OSTLER_GOLDEN") == "write":
            path.write_text(found, "utf-8")
        assert found == path.read_text("utf-8")

    return compare


@pytest.fixture
def client(data_dir: Path) -> Iterator[Client]:
    """Give a client that is closed with the test."""
    with Client(data_dir=data_dir) as made:
        yield made
