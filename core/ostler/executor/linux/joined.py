"""The cgroups of others that a command is to run in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ostler.errors import RefusedError
from ostler.executor.linux import hierarchy

if TYPE_CHECKING:
    from collections.abc import Mapping


def named(groups: Mapping[str, str]) -> dict[str, str]:
    """Find the existing groups that are named, by controller; RefusedError where one is not."""
    points = hierarchy.points()
    found = {}
    for controller, path in groups.items():
        if controller not in points:
            has = ", ".join(sorted(points)) or "none"
            msg = f"cgroup {path}: there is no hierarchy {controller!r} on this machine; it has {has}"
            raise RefusedError(msg)
        found[controller] = os.path.join(points[controller], path)
        if not os.path.exists(os.path.join(found[controller], "cgroup.procs")):
            msg = f"cgroup {found[controller]}: there is none; make it before the task starts"
            raise RefusedError(msg)
    return found
