"""Turn a poll of one task into the bulk `wait` of the contract."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ostler.drivers.values import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ostler.drivers.values import Exit, TaskHandle


def poll_each(
    handles: Sequence[TaskHandle],
    timeout_seconds: float,
    poll: Callable[[TaskHandle], Exit | None],
    *,
    interval_seconds: float = 0.05,
) -> list[Ended]:
    """Ask ``poll`` for each handle until one has ended or the time is over; return those that have."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        found = [Ended(each.task_id, end) for each in handles if (end := poll(each)) is not None]
        left = deadline - time.monotonic()
        if found or left <= 0:
            return found
        time.sleep(min(interval_seconds, left))
