"""Which cgroup hierarchies are mounted, and where in them groups of our own can be made."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PARENT = "ostler"
UNIFIED = "unified"
CONTROLLERS = ("memory", "cpu", "pids", "freezer", "cpuset", "cpuacct")
_WANTED = ("memory", "pids", "cpu", "cpuset")


class Found(NamedTuple):
    """What can be used: ``generation``, the parent group by controller, the controllers that hold.

    ``reason`` says what was in the way when nothing can.
    """

    generation: str
    parents: dict[str, str]
    controllers: frozenset[str]
    reason: str = ""


class _Mounted(NamedTuple):
    kind: str
    point: str
    root: str
    controllers: frozenset[str]


def find() -> Found:
    """Find usable parents by making them; a generation that is mounted but closed to us is ``none``."""
    mounted = _mounted()
    unified = next((each for each in mounted if each.kind == "cgroup2"), None)
    old = [each for each in mounted if each.kind == "cgroup" and each.controllers]
    if old:
        return _version_one(old, hybrid=unified is not None)
    if unified is not None:
        return _version_two(unified)
    return Found("none", {}, frozenset(), "no cgroup hierarchy is mounted")


def points() -> dict[str, str]:
    """Give where each hierarchy is mounted, by controller; that of version 2 as ``unified``."""
    found: dict[str, str] = {}
    for kind, point, _, options in _hierarchies():
        found.update(dict.fromkeys([UNIFIED] if kind == "cgroup2" else options.split(","), point))
    return found


def _version_one(hierarchies: list[_Mounted], *, hybrid: bool) -> Found:
    own = _own_groups()
    parents: dict[str, str] = {}
    for hierarchy in hierarchies:
        wanted = hierarchy.controllers & set(CONTROLLERS)
        parent = wanted and _first_parent(hierarchy, [own.get(each, "") for each in wanted])
        if parent:
            parents.update(dict.fromkeys(sorted(wanted), parent))
    if "cpuset" in parents and not _cpuset_filled(parents["cpuset"]):
        del parents["cpuset"]
    controllers = frozenset(parents) & set(_WANTED)
    if not controllers:
        return Found("none", {}, frozenset(), f"no cgroup can be made below {hierarchies[0].point}")
    return Found("hybrid" if hybrid else "v1", parents, controllers)


def _first_parent(hierarchy: _Mounted, own: list[str]) -> str:
    for place in (hierarchy.point, *(_inside(hierarchy, path) for path in own)):
        parent = os.path.join(place, PARENT)
        if _made(parent) and os.access(parent, os.W_OK | os.X_OK):
            return parent
    return ""


def _cpuset_filled(parent: str) -> bool:
    """Give a cpuset the cpus and memory nodes of the one above: it is born without."""
    try:
        for name in ("cpuset.cpus", "cpuset.mems"):
            if not _read(os.path.join(parent, name)):
                _write(os.path.join(parent, name), _read(os.path.join(os.path.dirname(parent), name)))
    except OSError:
        return False
    return True


def _version_two(unified: _Mounted) -> Found:
    own = _inside(unified, _own_groups().get("", "/"))
    reason = f"no cgroup can be made below {unified.point}: none that this user may write to was delegated"
    for place in filter(_is_writable, _ancestors(unified.point, own)):
        found = handed_on(place)
        if found:
            return Found("v2", {UNIFIED: os.path.join(place, PARENT)}, found)
        reason = why_not(place)
    return Found("none", {}, frozenset(), reason)


def _is_writable(place: str) -> bool:
    return all(os.access(each, os.W_OK) for each in (place, os.path.join(place, "cgroup.procs")))


def handed_on(place: str) -> frozenset[str]:
    """Try to make our group there and to hand it controllers; empty when that can't be."""
    parent = os.path.join(place, PARENT)
    if not _made(parent):
        return frozenset()
    for group in (place, parent):
        for controller in (*_WANTED, "io"):
            _enable(group, controller)
    found = frozenset(_read(os.path.join(parent, "cgroup.subtree_control")).split()) & set(_WANTED)
    if not found:
        with suppress(OSError):  # somebody else's, who finds more there, stays
            os.rmdir(parent)
    return found


def _enable(group: str, controller: str) -> None:
    try:
        _write(os.path.join(group, "cgroup.subtree_control"), f"+{controller}")
    except OSError:
        return


def why_not(place: str) -> str:
    """Tell why a group that may be written to hands nothing on: the kernel lets none that holds processes."""
    if _read(os.path.join(place, "cgroup.procs")):
        return (
            f"{place} can't hand its controllers on while processes live in it themselves: "
            "move them to a group below it"
        )
    return f"{place} has none of the controllers {', '.join(_WANTED)} to hand on"


def _ancestors(top: str, path: str) -> list[str]:
    """List the groups from the top down to ``path``."""
    relative = os.path.relpath(path, top)
    parts = [] if relative == "." or relative.startswith("..") else relative.split("/")
    return [os.path.join(top, *parts[:depth]) for depth in range(len(parts) + 1)]


def _made(path: str) -> bool:
    try:
        os.makedirs(path, mode=0o755, exist_ok=True)
    except OSError:
        return False
    return True


def _inside(mounted: _Mounted, path: str) -> str:
    inner = path.removeprefix(mounted.root)
    return os.path.join(mounted.point, inner.lstrip("/"))


def _mounted() -> list[_Mounted]:
    return [
        _Mounted(kind, point, root, frozenset(options.split(",")) & set(CONTROLLERS))
        for kind, point, root, options in _hierarchies()
    ]


def _hierarchies() -> Iterator[tuple[str, str, str, str]]:
    """Give the kind, the mount point, the root and the options of each."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            left, _, right = line.partition(" - ")
            kind, _source, options = (*right.split(), "", "", "")[:3]
            if kind in {"cgroup", "cgroup2"}:
                fields = left.split()
                yield kind, fields[4], fields[3].rstrip("/"), options


def _own_groups() -> dict[str, str]:
    """Give this process's group by controller; that of v2 under an empty name."""
    found: dict[str, str] = {}
    with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            _, names, path = line.rstrip("\n").split(":", 2)
            found.update(dict.fromkeys(names.split(","), path))
    return found


def _read(path: str) -> str:
    with open(path, encoding="ascii") as source:
        return source.read().strip()


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as target:
        target.write(text)
