"""The connection to a supervisor: requests with their answers, and news of ends, on one reader thread."""

from __future__ import annotations

import json
import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ostler.errors import RecoverableError, RefusedError
from ostler.executor.connection import spawn
from ostler.executor.supervisor.address import PROTOCOL, read_key

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    Answer = dict[str, Any]

_log = logging.getLogger(__name__)
_CHUNK = 64 * 1024
_GREETINGS = 10
_OTHER_RELEASE = (
    "another release of Ostler started it: stop its tasks with that one, and it leaves 5 s after the last; "
    "or use another data directory"
)


class _Pending:
    """A request that waits for its answer; ``answer`` stays None when the supervisor is gone."""

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self._arrived = threading.Lock()  # which wakes sooner than an event
        self._arrived.acquire()

    def wait(self) -> Answer | None:
        """Sleep until it has come."""
        self._arrived.acquire()
        return self.answer

    def come(self, answer: Answer | None) -> None:
        """Wake who waits, once."""
        self.answer = answer
        self._arrived.release()


class Link:
    """One connection; it is over when the supervisor is gone or it is closed."""

    def __init__(
        self, directory: str, kind: str, heard: Callable[[Answer], None], broken: Callable[[Link], None]
    ) -> None:
        self._directory = directory
        self._heard = heard
        self._broken = broken
        self._sending = threading.Lock()
        self._pending: dict[int, _Pending] = {}
        self._last = 0
        self.over = False
        self._peer, self.supervisor = introduce(directory, kind)
        self._reader = threading.Thread(target=self._read, name=f"ostler-executor {directory}", daemon=True)
        self._reader.start()

    def call(self, do: str, descriptors: Sequence[int] = (), /, **fields: object) -> Answer:
        """Ask, with open files if need be, and wait for the answer; RecoverableError without a supervisor."""
        pending = _Pending()
        with self._sending:
            self._last += 1
            number = self._last
            self._pending[number] = pending
            if self.over:
                raise RecoverableError(self._gone())
            self._send({"n": number, "do": do, **fields}, descriptors)
        answer = pending.wait()
        if answer is None:
            raise RecoverableError(self._gone())
        return answer

    def leave(self) -> None:
        """Tell the supervisor that nobody is going to come back soon, and close."""
        with suppress(RecoverableError):
            self.call("leave")
        self.close()

    def close(self) -> None:
        """Hang up and join the reader."""
        self.over = True
        _hang_up(self._peer)
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def _send(self, message: Answer, descriptors: Sequence[int]) -> None:
        sent = 0
        try:
            if descriptors:
                line = json.dumps({**message, "descriptors": len(descriptors)}).encode() + b"\n"
                sent = _send_with(self._peer, line, descriptors)
            else:
                line = json.dumps(message).encode() + b"\n"
            self._peer.sendall(line[sent:])
        except OSError as error:
            raise RecoverableError(self._gone()) from error

    def _gone(self) -> str:
        return f"the supervisor of {self._directory} is gone"

    def _read(self) -> None:
        try:
            self._listen()
        except Exception:  # noqa: BLE001 - one bad line ends this connection; the next one asks anew
            _log.exception("the supervisor of %s is hung up on", self._directory)
        finally:
            self._end()

    def _listen(self) -> None:
        with self._peer:
            buffer = b""
            while chunk := _receive(self._peer):
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    self._take(json.loads(line))

    def _end(self) -> None:
        """Let nobody wait any longer, and say so unless it was this side that hung up."""
        closed = self.over
        with self._sending:
            self.over = True
            pending, self._pending = self._pending, {}
        for each in pending.values():
            each.come(None)
        if not closed:
            self._broken(self)

    def _take(self, message: Answer) -> None:
        if "end" in message:
            self._heard(message)
            return
        pending = self._pending.pop(message["n"], None)
        if pending is not None:
            pending.come(message)


def introduce(directory: str, kind: str) -> tuple[socket.socket, Answer]:
    """Connect and agree on the protocol; a supervisor that is just leaving is replaced.

    Raises RefusedError for what the caller has to change, RecoverableError for what may pass.
    """
    try:
        return _introduced(directory, kind)
    except OSError as error:
        msg = f"the supervisor of {directory} can't be reached for now: {error.strerror or error}"
        raise RecoverableError(msg) from error


def _introduced(directory: str, kind: str) -> tuple[socket.socket, Answer]:
    for _ in range(_GREETINGS):
        peer = spawn.reach(directory, kind)
        answer = _greet(peer, directory)
        if answer is None:
            peer.close()
            continue
        problem = _refused(directory, answer) or _other_kind(directory, kind, answer["ok"])
        if problem:
            peer.close()
            raise RefusedError(problem)
        return peer, answer["ok"]
    raise RefusedError(spawn.unreachable(directory))


def _greet(peer: socket.socket, directory: str) -> Answer | None:
    try:
        hello = {"n": 0, "do": "hello", "protocol": PROTOCOL, "key": _key(directory)}
        peer.sendall(json.dumps(hello).encode() + b"\n")
        answer = read_line(peer)
    except OSError:
        return None
    return json.loads(answer) if answer else None


def _key(directory: str) -> str:
    """Read the key; a supervisor of before there were keys has none, and is told the version all the same."""
    try:
        return read_key(directory)
    except FileNotFoundError:
        return ""


def _refused(directory: str, answer: Answer) -> str:
    problem = str(answer.get("error", ""))
    return f"{directory}: {problem}; {_OTHER_RELEASE}" if "of the protocol" in problem else problem


def read_line(peer: socket.socket) -> bytes:
    """Read up to a line's end and no byte further."""
    import socket

    line = b""
    while not line.endswith(b"\n"):
        waiting = peer.recv(4096, socket.MSG_PEEK)
        if not waiting:
            return b""
        end = waiting.find(b"\n") + 1
        line += peer.recv(end or len(waiting))
    return line


def _other_kind(directory: str, kind: str, supervisor: Answer) -> str:
    if supervisor["kind"] == kind:
        return ""
    found = supervisor["kind"]
    return f"{directory} is served by a {found} supervisor, not a {kind} one; use another data directory"


def _send_with(peer: socket.socket, line: bytes, descriptors: Sequence[int]) -> int:
    import socket
    import struct

    passed = (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(descriptors)}i", *descriptors))
    return peer.sendmsg([line], [passed])


def _receive(peer: socket.socket) -> bytes:
    try:
        return peer.recv(_CHUNK)
    except OSError:
        return b""


def _hang_up(peer: socket.socket) -> None:
    import socket

    try:
        peer.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
