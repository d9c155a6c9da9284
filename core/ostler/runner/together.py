"""Wait for what runs side by side, and leave nothing running when one part fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


async def together(running: Sequence[asyncio.Task[T]], kill: Callable[[], None]) -> list[T]:
    """Return the results in order; when one part fails by a fault of Ostler's, end the others first."""
    try:
        return list(await asyncio.gather(*running))
    except Exception:
        kill()
        await asyncio.wait(running)
        raise
