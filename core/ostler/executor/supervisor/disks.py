"""Hold tasks to the disk that they may use: look when their file system has filled up by enough."""

from __future__ import annotations

import os
import time

from ostler.executor.supervisor.disk import Usage, measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from ostler.executor.supervisor.loop import Loop

_GLANCE_SECONDS = 0.1
_LONGEST_SECONDS = 10.0
_COST_SHARE = 10  # a tree is looked at for at most a tenth of the time
_LEAST_BYTES, _LEAST_INODES = 64 * 1024, 16
_REST_SHARE = 3
_END = object()


class Disk:
    """The directories of one task, what they may hold, and when they are looked at next."""

    def __init__(
        self, meter: dict[str, Any], holders: Callable[[], list[str]], exceeded: Callable[[str], None]
    ) -> None:
        self.paths: list[str] = meter["disk"]
        self.holders = holders
        self.exceeded = exceeded
        self.device = _device(self.paths[0])
        self.used: Usage | None = None
        self._limits = {"disk_bytes": meter.get("disk_bytes"), "inodes": meter.get("inodes")}
        self._left = {"disk_bytes": 0.0, "inodes": 0.0}
        self._not_before = self._not_after = 0.0

    def due(self, grown_bytes: float, grown_inodes: float, now: float) -> bool:
        """Tell whether to look: half of what was left may be gone by now, or it was long ago."""
        self._left["disk_bytes"] -= grown_bytes
        self._left["inodes"] -= grown_inodes
        nearly = self._left["disk_bytes"] <= 0 or self._left["inodes"] <= 0
        return now >= self._not_after or (nearly and now >= self._not_before)

    def looked(self, used: Usage, cost_seconds: float, now: float) -> None:
        """Take note of what was found, and of how long it took."""
        self.used = used
        least = {"disk_bytes": _LEAST_BYTES, "inodes": _LEAST_INODES}
        for name, limit in self._limits.items():
            left = float("inf") if limit is None else (limit - getattr(used, name)) / 2
            self._left[name] = max(float(least[name]), left)
        self._not_before = now + _COST_SHARE * cost_seconds
        self._not_after = max(self._not_before, now + _LONGEST_SECONDS)

    def breach(self, used: Usage) -> str:
        """Say what is too much; nothing when all is well."""
        if used.unseen:
            return f"disk limit: what it uses can't be measured, because {used.unseen}"
        for name, limit in self._limits.items():
            found = getattr(used, name)
            if limit is not None and found > limit:
                what = "bytes" if name == "disk_bytes" else "files and directories"
                return f"disk limit: {found} {what} in its directory, where {limit} are allowed"
        return ""


class Disks:
    """All tasks whose disk is measured: one after the other, a little at a time."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._disks: dict[str, Disk] = {}
        self._free: dict[int, tuple[int, int]] = {}
        self._glancing = False
        self._walking = False

    def begin(self, name: str, disk: Disk) -> None:
        """Begin to hold a task."""
        self._disks[name] = disk
        if not self._glancing:
            self._glancing = True
            self._loop.after(0.0, self._glance)

    def end(self, name: str) -> None:
        """Hold it no more."""
        self._disks.pop(name, None)

    def used(self, name: str) -> Usage | None:
        """Give what was found last."""
        disk = self._disks.get(name)
        return None if disk is None else disk.used

    def _glance(self) -> None:
        """Ask the file systems how full they are, which costs next to nothing, and look where need be."""
        self._glancing = bool(self._disks)
        if not self._glancing:
            return
        self._loop.after(_GLANCE_SECONDS, self._glance)
        grown = self._grown()
        now = time.monotonic()
        due = [name for name, disk in self._disks.items() if disk.due(*grown[disk.device], now)]
        if due and not self._walking:
            self._walking = True
            self._walk(due)

    def _grown(self) -> dict[int, tuple[float, float]]:
        """Give by how much each file system has filled up since it was asked last."""
        paths = {disk.device: disk.paths[0] for disk in self._disks.values()}
        return {device: self._growth(device, path) for device, path in paths.items()}

    def _growth(self, device: int, path: str) -> tuple[float, float]:
        try:
            state = os.statvfs(path)
        except OSError:
            return float("inf"), float("inf")
        free = (state.f_bfree * state.f_frsize, state.f_ffree)
        before = self._free.get(device, free)
        self._free[device] = free
        return max(0, before[0] - free[0]), max(0, before[1] - free[1])

    def _walk(self, names: list[str]) -> None:
        name = names.pop()
        disk = self._disks.get(name)
        if disk is not None:
            usage = Usage()
            self._go_on(disk, usage, measure(disk.paths, disk.holders(), usage), 0.0, names)
        else:
            self._next(names)

    def _go_on(
        self, disk: Disk, usage: Usage, walk: Generator[None], cost_seconds: float, names: list[str]
    ) -> None:
        began = time.monotonic()
        over = next(walk, _END) is _END or bool(disk.breach(usage))
        now = time.monotonic()
        cost_seconds += now - began
        if not over:
            rest_seconds = _REST_SHARE * (now - began)
            self._loop.after(rest_seconds, lambda: self._go_on(disk, usage, walk, cost_seconds, names))
            return
        walk.close()
        disk.looked(usage, cost_seconds, now)
        message = disk.breach(usage)
        if message and disk in self._disks.values():
            disk.exceeded(message)
        self._next(names)

    def _next(self, names: list[str]) -> None:
        if names:
            self._loop.after(0.0, lambda: self._walk(names))
        else:
            self._walking = False


def _device(path: str) -> int:
    try:
        return os.stat(path).st_dev
    except OSError:
        return -1
