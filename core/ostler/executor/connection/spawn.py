"""Reach the supervisor of a data directory, starting it when there is none."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ostler.errors import RecoverableError, RefusedError
from ostler.executor.supervisor import address

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_PROGRAM = os.path.join(os.path.dirname(os.path.dirname(__file__)), "supervisor_daemon", "__main__.py")
_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.005
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "OSTLER_LAUNCHER")


def reach(directory: str, kind: str) -> socket.socket:
    """Connect to the supervisor; raises RefusedError where the directory can't be had."""
    _make(directory)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            return address.connect(directory)
        except (FileNotFoundError, ConnectionRefusedError):
            _spawn(directory, kind)
        except PermissionError as error:
            msg = f"{directory}: {error}; use another data directory"
            raise RefusedError(msg) from error
    raise RecoverableError(unreachable(directory))


def _make(directory: str) -> None:
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        writable = os.access(directory, os.W_OK | os.X_OK)
        found = os.stat(directory)
    except OSError as error:
        msg = f"{directory}: the data directory can't be made ({error.strerror}); use another one"
        raise RefusedError(msg) from error
    if not writable:
        msg = f"{directory}: the data directory can't be written by user {os.geteuid()}; use another one"
        raise RefusedError(msg)
    _refuse_strangers(directory, found)


def _refuse_strangers(directory: str, found: os.stat_result) -> None:
    """Refuse a place in which somebody else could put records, on whose word processes are killed."""
    if found.st_uid not in {os.geteuid(), 0}:
        owner = f"the data directory belongs to user {found.st_uid}, who could change what is kept there"
        msg = f"{directory}: {owner}; use another one"
        raise RefusedError(msg)
    if found.st_mode & stat.S_IWOTH:
        remedy = "close it (chmod o-w), or use one within it"
        msg = f"{directory}: everybody may write to the data directory; {remedy}"
        raise RefusedError(msg)


def _spawn(directory: str, kind: str) -> None:
    with _alone(directory):
        if _answers(directory):
            return
        command = [sys.executable or "python3", "-I", "-S", "-X", "utf8", _PROGRAM, directory, kind]
        with open(os.path.join(directory, address.LOG), "ab") as log:
            # Its log is its own: what the embedder prints to may be gone long before it is.
            code = subprocess.call(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                env=_environment(),
            )
    if code:
        time.sleep(_PAUSE_SECONDS)


def _environment() -> dict[str, str]:
    """Give what an interpreter needs and no secret: a task might find a way to read it."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


@contextmanager
def _alone(directory: str) -> Iterator[None]:
    """Keep two embedders from starting two supervisors."""
    import fcntl

    descriptor = os.open(
        os.path.join(directory, address.START_LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _answers(directory: str) -> bool:
    try:
        address.connect(directory).close()
    except OSError:
        return False
    return True


def unreachable(directory: str) -> str:
    """Say why there is no supervisor to talk to, as far as its log knows."""
    path = os.path.join(directory, address.LOG)
    with open(path, encoding="utf-8", errors="replace") as log:
        last = log.read().strip().rpartition("\n")[2]
    return f"the supervisor of {directory} can't be reached; the last line of {path} is: {last or '(empty)'}"
