"""The driver keeps the contract: every sentence of it that concerns this driver is a test of the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.testing import DriverConformance, DriverHarness, Scale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ostler.testing.supervision import KeptExecutor

# Each task is an interpreter that compiles its module first, here fifty at once on a busy machine.
SCALE = Scale(patience_seconds=30.0)


@pytest.fixture
def harness(tmp_path: Path, ostler_executor: KeptExecutor) -> Iterator[DriverHarness]:
    with DriverHarness("wasm", tmp_path / "ostler", scale=SCALE, kept=ostler_executor) as opened:
        yield opened


class TestWasm(DriverConformance):
    driver = "wasm"
