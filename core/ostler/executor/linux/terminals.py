"""Terminals in a task's own /dev/pts, where they have a name."""

from __future__ import annotations

import fcntl
import os
import struct

from ostler.executor.linux import proc

_GET_PEER, _UNLOCK = 0x5441, 0x40045431  # TIOCGPTPEER, TIOCSPTLCK
_MULTIPLEXER = os.makedev(5, 2)
_OPEN = os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC


def open_in(init: int) -> tuple[int, int] | None:
    """Open both ends of a terminal in the task of ``init``; None where that can't be."""
    for pid in (init, *proc.children(init)):
        try:
            master = os.open(f"/proc/{pid}/root/dev/pts/ptmx", _OPEN | os.O_NOFOLLOW)
        except OSError:
            continue
        found = _peer(master, pid)
        if found is not None:
            return master, found
        os.close(master)
    return None


def _peer(master: int, pid: int) -> int | None:
    """Open the command's end, for the task's user; None when a task has put something else there."""
    if os.fstat(master).st_rdev != _MULTIPLEXER:
        return None
    try:
        fcntl.ioctl(master, _UNLOCK, struct.pack("i", 0))
        slave = fcntl.ioctl(master, _GET_PEER, _OPEN)
    except OSError:
        return None
    if os.geteuid() == 0:
        os.fchown(slave, os.stat(f"/proc/{pid}").st_uid, -1)
    return slave
