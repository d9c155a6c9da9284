"""Holes in a plan: what stands for the paths in which plans of one shape differ."""

from __future__ import annotations

import os
from functools import cache

_MARK = b"\x01\x02"


@cache
def hole(index: int) -> str:
    """Give what stands in a plan for the value of this index."""
    return f"\x01\x02{index}\x01\x02"


def is_hole(argument: bytes) -> bool:
    """Tell whether what is passed to a call begins with a hole."""
    return argument.startswith(_MARK)


def parts(argument: bytes) -> tuple[int, str]:
    """Give the index of the hole's value, and what follows it."""
    index, _, rest = argument.removeprefix(_MARK).partition(_MARK)
    return int(index), os.fsdecode(rest)
