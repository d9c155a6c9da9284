"""A task's slot: 128 bytes that say which process stands for the task, and how it ended.

They are the first of its file, before its record.

    [0:64]    the handle, written by that process about itself before the command may run
    [64:128]  the end, written by the init when the main process is gone

Each half is one write, so that no kill can tear it.  ``linux/native/init.c`` knows the same layout.
"""

from __future__ import annotations

import os
import struct

SIZE = 128
_LONGEST = 4096
END_OFFSET = 64

# magic, flags, pid, main pid; inode of the pidfd, start time in clock ticks; boot id; spare
HANDLE = struct.Struct("<4s3I2Q16s16x")
# magic, wait status, main pid in the init's namespace, flags; time; user, system time; peak of memory; spare
END = struct.Struct("<4siIIQQQQ16x")
_FLAGS_OFFSET, _FLAGS_BYTES = 4, 4
HANDLE_MAGIC, END_MAGIC = b"OSTH", b"OSTE"

BEGUN = 1
"""In a handle: the command may have run."""
HOLDING = 1
"""In an end: all processes of the task are gone, and the init only keeps its log until it is read."""


class Handle:
    """Which process stands for a task; what is not known is 0."""

    __slots__ = ("boot_id", "flags", "inode", "main", "pid", "start_time")

    def __init__(
        self,
        *,
        pid: int,
        main: int = 0,
        inode: int = 0,
        start_time: int = 0,
        boot_id: bytes = b"",
        flags: int = 0,
    ) -> None:
        self.pid = pid
        self.main = main
        self.inode = inode
        self.start_time = start_time
        self.boot_id = boot_id
        self.flags = flags

    @property
    def begun(self) -> bool:
        """Whether the command may have run."""
        return bool(self.flags & BEGUN)

    def pack(self) -> bytes:
        """Give the bytes of it."""
        numbers = (self.flags, self.pid, self.main, self.inode, self.start_time)
        return HANDLE.pack(HANDLE_MAGIC, *numbers, self.boot_id)


class End:
    """How a main process ended, when, and what it used."""

    __slots__ = ("flags", "main", "max_rss_kib", "status", "system_us", "time_ns", "user_us")

    def __init__(
        self,
        *,
        status: int,
        time_ns: int,
        main: int = 0,
        user_us: int = 0,
        system_us: int = 0,
        max_rss_kib: int = 0,
        flags: int = 0,
    ) -> None:
        self.status = status
        self.time_ns = time_ns
        self.main = main
        self.user_us = user_us
        self.system_us = system_us
        self.max_rss_kib = max_rss_kib
        self.flags = flags

    @property
    def holding(self) -> bool:
        """Whether nothing of the task is left but the init, which holds its log."""
        return bool(self.flags & HOLDING)

    def pack(self) -> bytes:
        """Give the bytes of it."""
        head = (self.status, self.main, self.flags, self.time_ns)
        return END.pack(END_MAGIC, *head, self.user_us, self.system_us, self.max_rss_kib)


def write_handle(slot: int, handle: Handle) -> None:
    """Write the first half of an open slot."""
    os.pwrite(slot, handle.pack(), 0)


def take_back(slot: int) -> None:
    """Say in the first half of an open slot that the command did not begin after all."""
    os.pwrite(slot, bytes(_FLAGS_BYTES), _FLAGS_OFFSET)


def write_end(slot: int, end: End) -> None:
    """Write the second half of an open slot."""
    os.pwrite(slot, end.pack(), END_OFFSET)


def read(path: str) -> tuple[Handle | None, End | None]:
    """Read both halves; None for what was not written."""
    try:
        with open(path, "rb", buffering=0) as source:
            found = source.read(_LONGEST).ljust(SIZE, b"\0")
    except FileNotFoundError:
        return None, None
    return (None, _older(found)) if found.startswith(b"{") else unpack(found)


def _older(found: bytes) -> End | None:
    """Take an end that the init of an earlier release wrote."""
    import json

    try:
        return End(status=json.loads(found.rstrip(b"\0"))["status"], time_ns=0)
    except (ValueError, KeyError):
        return None


def unpack(found: bytes) -> tuple[Handle | None, End | None]:
    """Take the bytes of a slot apart."""
    return _handle(HANDLE.unpack_from(found)), _end(END.unpack_from(found, END_OFFSET))


def _handle(fields: tuple[bytes, int, int, int, int, int, bytes]) -> Handle | None:
    magic, flags, pid, main, inode, start_time, boot_id = fields
    if magic != HANDLE_MAGIC:
        return None
    return Handle(pid=pid, main=main, inode=inode, start_time=start_time, boot_id=boot_id, flags=flags)


def _end(fields: tuple[bytes, int, int, int, int, int, int, int]) -> End | None:
    magic, status, main, flags, time_ns, user_us, system_us, max_rss_kib = fields
    if magic != END_MAGIC:
        return None
    return End(
        status=status,
        time_ns=time_ns,
        main=main,
        user_us=user_us,
        system_us=system_us,
        max_rss_kib=max_rss_kib,
        flags=flags,
    )
