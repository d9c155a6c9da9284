"""A pseudo-terminal for a command: its own end for the command, the other one for whoever talks to it."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import termios
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from ostler.executor.values import Process

_SIZE = struct.Struct("4H")  # rows, columns, and two that nobody uses
_CHUNK = 64 * 1024


class Terminal:
    """Both ends: what is written to ``master`` is typed, what is read there is shown.

    It lies among the terminals of the task that runs as ``inside``, where there are such; else the command
    has a terminal, but `tty` knows no name for it.
    """

    def __init__(self, rows: int = 24, columns: int = 80, *, inside: Process | None = None) -> None:
        self.master, self.slave = _pair(inside)
        self.resize(rows, columns)

    @classmethod
    def at(cls, path: str) -> Self:
        """Take the terminal at a path, whose other end somebody else has."""
        terminal = cls.__new__(cls)
        terminal.master, terminal.slave = -1, os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        return terminal

    @property
    def path(self) -> str:
        """Where the command's end lies, for whoever in this process opens it by its path."""
        return f"/dev/fd/{self.slave}"

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


def _pair(inside: Process | None) -> tuple[int, int]:
    if inside is not None and inside.tier.has_namespaces:
        from ostler.executor.linux.terminals import open_in

        found = open_in(inside.pid)
        if found is not None:
            return found
    return os.openpty()
