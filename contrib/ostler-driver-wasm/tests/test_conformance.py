"""The driver keeps the contract: every sentence of it that concerns this driver is a test of the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.testing import DriverConformance

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.testing import ConfigFor


@pytest.fixture
def config(modules: Path) -> ConfigFor:
    """Turn an act into a config; a module hears no signals and has no children, so these are left out."""
    return lambda act: {
        "module": f"{modules}/act.wat",
        "args": [act.stdout, act.stderr, str(int(act.seconds * 1000)), str(act.code)],
    }


class TestWasm(DriverConformance):
    pass
