"""The lowering of the steps that put a root together."""

from __future__ import annotations

import errno
import os
import struct

from ostler.executor.linux.places import AT_FDCWD
from ostler.executor.linux.syscalls import DETACH, FLAGS, MS_PRIVATE, MS_REC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ostler.executor.linux.lowering import Lowering
    from ostler.executor.linux.program import Register

_AT_SYMLINK_NOFOLLOW, _AT_EMPTY_PATH, _AT_RECURSIVE = 0x100, 0x1000, 0x8000
_OPEN_TREE_CLONE = 1
_FROM_EMPTY_PATH, _TO_EMPTY_PATH = 0x04, 0x40
_NO_USE = ("ro", "nosuid", "nodev", "noexec")


def make_mounts_private(to: Lowering) -> None:
    """Keep what is mounted from here on out of the host's sight."""
    to.call("mount", 0, b"/", 0, MS_REC | MS_PRIVATE, 0)


def mount(to: Lowering, kind: str, target: str, flags: list[str], options: str = "") -> None:
    """Mount a new file system."""
    _mount(to, to.places.find(target), kind, flags, options)
    to.places.mounted(target, fresh=kind == "tmpfs")
    to.places.find(target)  # now, and not in every step that may come to nothing


def bind(
    to: Lowering, source: str, target: str, flags: list[str], *, file: bool = False, exact: bool = False
) -> None:
    """Show a folder of the host, or what is none, and what is mounted below it, at ``target``.

    An ``exact`` source is reached through no link.
    """
    above, name = to.places.new(target, file=file)
    found = to.places.look(AT_FDCWD, source, directory=not file) if exact else AT_FDCWD
    tree = _clone(to, found, "" if exact else source)
    if flags:
        _restrict(to, tree, flags, recursive=True)
    how = _FROM_EMPTY_PATH | (0 if name else _TO_EMPTY_PATH)
    to.call("move_mount", tree, b"", above, os.fsencode(name), how)
    if not file:
        to.places.mounted(target, tree)


def seal(to: Lowering, target: str, flags: list[str]) -> None:
    """Restrict a part of a mount, by binding it on itself."""
    above, name = to.places.nearest(target)
    tree = _clone(to, above, name)
    _restrict(to, tree, flags, recursive=True)
    to.call("move_mount", tree, b"", above, os.fsencode(name), _FROM_EMPTY_PATH)


def cover(to: Lowering, source: str, target: str) -> None:
    """Hide a file behind ``source``, or a folder behind an empty one; what isn't there fails."""
    above, name = to.places.nearest(target)
    point = to.places.look(above, name, directory=not source)
    if source:
        tree = _clone(to, AT_FDCWD, source)
        to.call("move_mount", tree, b"", point, b"", _FROM_EMPTY_PATH | _TO_EMPTY_PATH)
    else:
        _mount(to, point, "tmpfs", _NO_USE, "mode=755,size=4k")


def link(to: Lowering, text: str, target: str) -> None:
    """Make a symbolic link, where nothing is yet."""
    above, name = to.places.split(target)
    to.call("symlinkat", os.fsencode(text), above, os.fsencode(name), tolerate={errno.EEXIST: 0})


def restrict(to: Lowering, target: str, flags: list[str]) -> None:
    """Add flags to one mount, not to those below it."""
    _restrict(to, to.places.find(target), flags, recursive=False)


def pivot(to: Lowering, root: str) -> None:
    """Make ``root`` the root and let go of the host's."""
    to.call("fchdir", to.places.find(root))
    to.call("pivot_root", b".", b".")
    to.call("umount2", b".", DETACH)
    to.call("chdir", b"/")
    to.places.close()


def _mount(to: Lowering, point: Register, kind: str, flags: Iterable[str], options: str) -> None:
    encoded = os.fsencode(kind)
    to.call("fchdir", point)
    to.call("mount", encoded, b".", encoded, _bits(flags), os.fsencode(options) if options else 0)


def _clone(to: Lowering, above: Register | int, path: str) -> Register:
    """Open a copy of a mount and of those below it, which is mounted nowhere yet."""
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC | _AT_RECURSIVE | _AT_SYMLINK_NOFOLLOW
    flags |= 0 if path else _AT_EMPTY_PATH
    return to.open("open_tree", above, os.fsencode(path), flags)


def _restrict(to: Lowering, at: Register, flags: Iterable[str], *, recursive: bool) -> None:
    attributes = struct.pack("=QQQQ", _bits(flags), 0, 0, 0)
    reach = _AT_EMPTY_PATH | (_AT_RECURSIVE if recursive else 0)
    to.call("mount_setattr", at, b"", reach, attributes, len(attributes))


def _bits(flags: Iterable[str]) -> int:
    return sum(FLAGS[name] for name in flags)


STEPS: dict[str, Callable[..., None]] = {
    each.__name__: each for each in (bind, cover, link, make_mounts_private, mount, pivot, restrict, seal)
}
