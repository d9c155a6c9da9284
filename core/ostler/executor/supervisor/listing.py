"""The processes of this machine as `ps` lists them, where nothing better is to be had."""

from __future__ import annotations

import os
import subprocess

from ostler.executor.supervisor.loop import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor.supervisor.loop import Loop

_COMMAND = ("ps", "-A", "-o", "pid=", "-o", "ppid=", "-o", "pgid=")
_SECONDS = 3.0  # on a machine that is busy, where a list that comes late is better than none
_CHUNK = 65536


class Listing:
    """One list, read between other things; ``done`` is told its text, empty where none comes in time."""

    def __init__(self, loop: Loop, done: Callable[[bytes], None]) -> None:
        self._loop = loop
        self._done = done
        self._text = b""
        self._timer = loop.after(_SECONDS, lambda: self._end(b""))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            process = subprocess.Popen(_COMMAND, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError:
            loop.work(lambda: self._end(b""))
            return
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        self._process, self._pipe = process, process.stdout
        loop.watch(self._pipe.fileno(), READ, self._read)

    def _read(self, _: int) -> None:
        piece = os.read(self._pipe.fileno(), _CHUNK)
        self._text += piece
        if not piece:
            self._end(self._text)

    def _end(self, text: bytes) -> None:
        self._timer.cancel()
        if self._process is not None:
            self._loop.unwatch(self._pipe.fileno())
            self._pipe.close()
            self._process.kill()
            self._process.wait()
        self._done(text)


def below(pid: int, listed: bytes) -> list[tuple[int, bool]]:
    """List the processes that come from one, and whether each leads a group."""
    found: dict[int, list[tuple[int, int]]] = {}
    for line in listed.splitlines():
        child, parent, group = (int(word) for word in line.split())
        found.setdefault(parent, []).append((child, group))
    named, left = [], [pid]
    while left:
        for child, group in found.get(left.pop(), ()):
            left.append(child)
            named.append((child, child == group))
    return named
