"""Make the directories of an allocation and of its tasks, with the modes that keep strangers out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ostler.drivers.values import Directories, Filesystem
from ostler.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHARED: Final = "alloc"
# Whoever knows an allocation's name may pass through the directory that holds them all, nobody may list it.
_PASSABLE: Final = 0o711
_CLOSED: Final = 0o700
_OPEN: Final = 0o777
_STICKY: Final = 0o1777
_READABLE: Final = 0o755

_SHARED_MODES: Final[Mapping[str, int]] = {"": _READABLE, "data": _OPEN, "logs": _READABLE, "tmp": _STICKY}


def build_allocation(root: Path, allocation_id: str) -> Path:
    """Make ``root/<allocation id>`` with the directory that its tasks share, and return its path.

    Making what exists already succeeds, so that a restarted host can call it again.  Raises
    RefusedError where a directory can't be made.
    """
    allocation = root.absolute() / _name(allocation_id, "an allocation id")
    _make(root, _PASSABLE)
    if not allocation.is_dir():
        _make(allocation, _CLOSED)
    for name, mode in _SHARED_MODES.items():
        _make(allocation / SHARED / name, mode)
    return allocation


def build_task(
    allocation: Path,
    task_name: str,
    *,
    filesystem: Filesystem = Filesystem.NONE,
    owner: tuple[int, int] | None = None,
) -> Directories:
    """Make the directories of one task inside ``allocation``, and return where they are.

    ``owner`` is the (uid, gid) that the task will run as, where the caller knows it and may give files
    away.  Raises RefusedError where a directory can't be made.
    """
    task = allocation / _name(task_name, "a task name")
    # A driver with a private root binds local, secrets and alloc into it before privileges drop, so that
    # no user of the host needs a way in.  Without a private root the task's user has to walk here by path.
    plain = filesystem.has_host_paths
    if plain:
        _make(allocation, _PASSABLE)
    _make(task, _PASSABLE if plain else _CLOSED, owner if plain else None)
    _make(task / "local", _OPEN)
    _make(task / "tmp", _STICKY)
    # An unknown user (the driver's own default) must be able to use the secrets of its private root;
    # the task's directory, closed above, keeps everybody else out.
    _make(task / "secrets", _CLOSED if owner or plain else _OPEN, owner)
    return Directories(
        allocation=str(allocation),
        shared=str(allocation / SHARED),
        task=str(task),
        local=str(task / "local"),
        secrets=str(task / "secrets"),
    )


def _name(name: str, what: str) -> str:
    if name in {"", ".", "..", SHARED} or set(name) & {"/", "\\", "\0"}:
        msg = f"{name!r} can't be {what}: it would not be a directory of its own; choose another name"
        raise RefusedError(msg)
    return name


def _make(directory: Path, mode: int, owner: tuple[int, int] | None = None) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        # A task may have put a link where its directory was; modes and owners follow no link.
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if owner is not None and os.geteuid() == 0:
                os.fchown(descriptor, *owner)
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)
    except OSError as error:
        msg = f"can't make the directory {directory}: {error.strerror}; choose another with --data-dir"
        raise RefusedError(msg) from error
