"""The kit's acts as configs of the drivers that the tests here run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ostler_drivers.acts import simulated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.testing import Act

REAL: Final = ("busy", "directory", "echo", "environ", "files", "memory_mb", "numbers", "processes")


def right_config(act: Act) -> Mapping[str, Any]:
    """The wrong drivers, and the right one that they come from, can simulate it all."""
    return {**simulated(act), **{name: getattr(act, name) for name in REAL if name in act.asked}}
