"""Copy what a reader gives into a sink, in blocks that are read while the one before is digested."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from .sink import BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from .sink import Sink

_MOST_SECONDS: Final = 0.25  # a slow line's bytes are written as they come, so that none is lost with it


def copy(read_into: Callable[[memoryview], int], sink: Sink) -> None:
    """Copy until ``read_into`` returns 0; what came before it raises is written."""
    buffers = [memoryview(bytearray(BLOCK_BYTES)), memoryview(bytearray(BLOCK_BYTES))]
    while True:
        buffers.reverse()
        if not _block(read_into, buffers[0], sink):
            return


def _block(read_into: Callable[[memoryview], int], buffer: memoryview, sink: Sink) -> bool:
    filled, until = 0, time.monotonic() + _MOST_SECONDS
    try:
        while filled < len(buffer):
            count = read_into(buffer[filled:])
            if not count:
                return False
            filled += count
            sink.touched = now = time.monotonic()
            if now > until:
                break
    finally:
        if filled:
            sink.write(buffer[:filled])
    return True
