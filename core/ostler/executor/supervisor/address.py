"""Where the supervisor of a data directory is reached: a socket that may have a long path."""

from __future__ import annotations

import os
import socket
import struct
from functools import cache

PROTOCOL = 3
SOCKET = "supervisor.sock"
KEY = "supervisor.key"
LOCK = "supervisor.lock"
START_LOCK = "start.lock"
LOG = "supervisor.log"
TASKS = "tasks"
ROOT = "root"

_CREDENTIALS = struct.Struct("3i")
held: list[int] = []
"""The descriptor of the lock in a supervisor, and in what it forks until the command of a task may run."""


class Place:
    """A directory held open, so that a socket in it can be named in fewer than 108 bytes."""

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, SOCKET)
        self._descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> str:
        """Give the name to bind or connect to."""
        short = f"/proc/self/fd/{self._descriptor}/{SOCKET}"
        return short if os.path.isdir("/proc/self/fd") else self._path

    def __exit__(self, *_: object) -> None:
        """Let the directory go."""
        os.close(self._descriptor)


def connect(directory: str) -> socket.socket:
    """Connect to the supervisor of a data directory; raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with Place(directory) as name:
            connection.connect(name)
        if not trusted(connection):
            msg = f"the socket in {directory} belongs to another user"
            raise PermissionError(msg)
    except OSError:
        connection.close()
        raise
    return connection


def listen(directory: str) -> socket.socket:
    """Bind the socket of a data directory, for this user only."""
    path = os.path.join(directory, SOCKET)
    if os.path.lexists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        with Place(directory) as name:
            listener.bind(name)
    finally:
        os.umask(mask)
    listener.listen(128)
    listener.setblocking(False)  # noqa: FBT003 - takes no keyword
    return listener


def lies_at(path: str) -> os.stat_result | None:
    """Tell what lies at a path; None for nothing."""
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def lock(directory: str) -> bool:
    """Hold the lock of a data directory for as long as this process or a launch of its lives.

    False where another supervisor does.
    """
    import fcntl

    descriptor = os.open(os.path.join(directory, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    held.append(descriptor)
    return True


def make_key(directory: str) -> None:
    """Make the word that whoever asks something has to know, in a file for this user only.

    A task that Landlock holds back may be this user, and reaches the socket; the file it can't read.
    """
    path = os.path.join(directory, KEY)
    if os.path.exists(path):
        return
    descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    os.write(descriptor, os.urandom(16).hex().encode())
    os.close(descriptor)
    os.replace(f"{path}.new", path)


def read_key(directory: str) -> str:
    """Read the word; raises OSError."""
    with open(os.path.join(directory, KEY), encoding="ascii") as source:
        return source.read()


def trusted(connection: socket.socket) -> bool:
    """Tell whether the other end is this user or root; where that can't be asked, the mode must do."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    _, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size))
    return uid in {os.geteuid(), 0}


@cache
def boot_id() -> str:
    """Identify the time since the machine was last started; empty where that can't be known."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as source:
            return source.read().strip()
    except FileNotFoundError:
        return ""
