"""A pseudo-terminal for a command: its own end for the command, the other one for whoever talks to it."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import termios
from typing import Self

_SIZE = struct.Struct("4H")  # rows, columns, and two that nobody uses
_CHUNK = 64 * 1024


class Terminal:
    """Both ends: what is written to ``master`` is typed, what is read there is shown."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.master, self.slave = os.openpty()
        self.resize(rows, columns)

    @classmethod
    def at(cls, path: str) -> Self:
        """Take the terminal at a path, whose other end somebody else has."""
        terminal = cls.__new__(cls)
        terminal.master, terminal.slave = -1, os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        return terminal

    def resize(self, rows: int, columns: int) -> None:
        """Tell how large it is; whoever runs in it gets SIGWINCH."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, _SIZE.pack(rows, columns, 0, 0))

    def write(self, content: bytes) -> int:
        """Type; tells how many bytes were taken."""
        return os.write(self.master, content)

    def read(self, size: int = _CHUNK) -> bytes:
        """Read what is shown; nothing once nobody has the terminal open any more."""
        try:
            return os.read(self.master, size)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return b""

    def hand_over(self) -> None:
        """Close the command's end here, once it has it."""
        if self.slave >= 0:
            os.close(self.slave)
            self.slave = -1

    def close(self) -> None:
        """Close both ends; whoever runs in it gets SIGHUP."""
        self.hand_over()
        if self.master >= 0:
            os.close(self.master)
            self.master = -1
