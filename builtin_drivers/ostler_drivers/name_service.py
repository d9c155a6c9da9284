"""The files by which a task finds hosts by name, also where /etc only links to them."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ostler.executor import Mount

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAMES: Final = ("resolv.conf", "hosts", "nsswitch.conf", "gai.conf")
_MOST_LINKS: Final = 8
_READABLE_BY_ALL: Final = 0o004


class _Place(NamedTuple):
    """Where the host has what a task sees at a path, and whether a mount shows it."""

    source: Path
    mount: Mount | None


def mounts(root: Sequence[Mount], etc: str = "/etc") -> tuple[Mount, ...]:
    """List what has to be shown besides ``root``, so that the links in its /etc lead somewhere.

    Each link on the way is shown, and the file at the end.  The links of another system's /etc are followed
    into /run alone, and to nothing that not everybody may read.
    """
    found = [mount for name in NAMES for mount in _missing(root, posixpath.join(etc, name))]
    return tuple(dict.fromkeys(found))


def _missing(root: Sequence[Mount], path: str) -> Iterator[Mount]:
    first = _place(root, path)
    own = first.mount is not None and first.mount.source == first.mount.target
    for _ in range(_MOST_LINKS):
        place = _place(root, path)
        if place.mount is None:
            if not (own or path.startswith("/run/")) or not _is_readable(place.source):
                return
            yield Mount(path, path)
        if not place.source.is_symlink():
            return
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), str(place.source.readlink())))


def _place(root: Sequence[Mount], path: str) -> _Place:
    """Find the last mount that shows a path; what none shows is where the host has it."""
    for mount in reversed(root):
        target = posixpath.normpath(mount.target)
        if posixpath.commonpath([target, path]) == target:
            return _Place(Path(mount.source, posixpath.relpath(path, target)), mount)
    return _Place(Path(path), None)


def _is_readable(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _READABLE_BY_ALL) and path.is_file()
    except OSError:
        return False
