"""A task's file system before it exists: from a path in its root to the host's."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.executor.values import Mount

_MOST_LINKS = 40


class Tree:
    """The root that mounts make; without mounts it is the host's own."""

    def __init__(self, mounts: Sequence[Mount]) -> None:
        self._mounts = sorted(mounts, key=lambda mount: len(mount.target), reverse=True)

    def locate(self, path: str) -> str | None:
        """Give the host path of a path in the root, links followed; None when nothing is there."""
        if not self._mounts:
            return path if os.path.exists(path) else None
        pending = path.strip("/").split("/")
        reached: list[str] = []
        links = 0
        while pending:
            name = pending.pop(0)
            if name in {"", "."}:
                continue
            if name == "..":
                reached = reached[:-1]
                continue
            text = _link(self._host([*reached, name]))
            if text is None:
                reached.append(name)
                continue
            links += 1
            if links > _MOST_LINKS:
                return None
            pending = text.split("/") + pending
            reached = [] if text.startswith("/") else reached
        host = self._host(reached)
        return host if host is not None and os.path.lexists(host) else None

    def mode(self, path: str) -> int | None:
        """Give the file mode of a path in the root; None when nothing is there."""
        host = self.locate(path)
        try:
            return None if host is None else os.stat(host).st_mode
        except OSError:
            return None

    def _host(self, parts: Sequence[str]) -> str | None:
        path = "/" + "/".join(parts)
        for mount in self._mounts:
            target = mount.target.rstrip("/")
            if path == target or path.startswith(f"{target}/"):
                return mount.source.rstrip("/") + path[len(target) :]
        return None


def executable(mode: int) -> bool:
    """Tell whether a mode is that of a file which someone may execute."""
    return stat.S_ISREG(mode) and bool(mode & 0o111)


def _link(host: str | None) -> str | None:
    if host is None or not os.path.islink(host):
        return None
    return os.readlink(host)
