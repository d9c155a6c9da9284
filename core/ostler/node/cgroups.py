"""Which control groups the kernel offers here, read from the mount table."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple


class Mount(NamedTuple):
    """One line of the mount table."""

    device: str
    target: str
    kind: str
    source: str


def mounts() -> list[Mount]:
    """Read this process's mount table; empty where there is none."""
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    return [mount for mount in map(_mount, lines) if mount]


def attributes(table: list[Mount] | None = None) -> dict[str, str]:
    """Name the version and the mount point of the control groups; empty where there are none.

    ``unique.cgroup.version`` is ``v1``, ``v2`` or ``hybrid`` (version 1 with a version 2 tree beside it,
    which Nomad calls v1); ``os.cgroups.version``, the name of later releases, is ``1`` or ``2``, and 1
    where both are mounted.
    """
    found = mounts() if table is None else table
    old = [mount.target for mount in found if mount.kind == "cgroup"]
    new = [mount.target for mount in found if mount.kind == "cgroup2"]
    if old:
        version, number, place = "hybrid" if new else "v1", "1", str(PurePosixPath(old[0]).parent)
    elif new:
        version, number, place = "v2", "2", new[0]
    else:
        return {}
    return {
        "unique.cgroup.version": version,
        "unique.cgroup.mountpoint": place,
        "os.cgroups.version": number,
    }


def _mount(line: str) -> Mount | None:
    before, separator, after = line.partition(" - ")
    left, right = before.split(), after.split()
    if not separator or len(left) < 5 or len(right) < 2:  # noqa: PLR2004 - the fields read below
        return None
    return Mount(left[2], _unescaped(left[4]), right[0], _unescaped(right[1]))


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
