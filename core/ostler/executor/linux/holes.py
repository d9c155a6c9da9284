"""Holes in a plan: what stands for the paths in which plans of one shape differ."""

from __future__ import annotations

import os
from functools import cache


@cache
def _mark() -> bytes:
    """Give what a hole begins and ends with: nobody who orders a task may write one into its plan."""
    return os.urandom(8).hex().encode()


@cache
def hole(index: int) -> str:
    """Give what stands in a plan for the value of this index."""
    mark = _mark().decode()
    return f"{mark}{index}{mark}"


def is_hole(argument: bytes) -> bool:
    """Tell whether what is passed to a call begins with a hole."""
    return argument.startswith(_mark())


def parts(argument: bytes) -> tuple[int, str]:
    """Give the index of the hole's value, and what follows it."""
    index, _, rest = argument.removeprefix(_mark()).partition(_mark())
    return int(index), os.fsdecode(rest)
