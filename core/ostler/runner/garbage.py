"""Remove the directories of allocations that ended, all but the newest."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ostler.errors import OstlerError
from ostler.tasks import remove

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)


def collect(directory: Path, keep: int) -> None:
    """Keep the ``keep`` newest directories of ended allocations in a data directory; remove the older ones.

    An allocation has ended when it has no record below ``client`` any more.
    """
    records = directory / "client"
    ended = [each for each in (directory / "alloc").glob("*") if not (records / each.name).exists()]
    ended.sort(key=_age)
    for allocation in ended[: max(0, len(ended) - keep)]:
        try:
            remove(allocation)
        except OstlerError as error:
            logger.warning("%s", error)


def _age(allocation: Path) -> float:
    try:
        return allocation.stat().st_mtime
    except FileNotFoundError:
        return 0.0
