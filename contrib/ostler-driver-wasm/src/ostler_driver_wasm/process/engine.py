"""The engine that a module is compiled for, and what its errors say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmtime import Config, Engine

if TYPE_CHECKING:
    from ostler_driver_wasm.process.order import Order


def engine(order: Order) -> Engine:
    """Make the engine that an order needs; only one made alike can run what was compiled for it.

    It counts fuel, and looks at the clock, only where it must.
    """
    config = Config()
    config.consume_fuel = order["fuel"] is not None
    config.epoch_interruption = order["timeout_seconds"] is not None
    return Engine(config)


def last_cause(error: Exception) -> str:
    """Give the innermost cause that wasmtime names, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].lstrip("0123456789: ") if lines else "no reason given"
