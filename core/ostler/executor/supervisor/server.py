"""The supervisor itself: it answers requests, and leaves when nobody and nothing needs it."""

from __future__ import annotations

import errno
import os
import resource

from ostler.executor.supervisor import complaint, sound
from ostler.executor.supervisor.address import PROTOCOL, SOCKET, lies_at, read_key, trusted
from ostler.executor.supervisor.connection import Connection
from ostler.executor.supervisor.logs import Logs
from ostler.executor.supervisor.loop import READ
from ostler.executor.supervisor.meters import Meters
from ostler.executor.supervisor.outputs import Outputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from ostler.executor.supervisor.loop import Loop, Timer
    from ostler.executor.supervisor.roles import Pump, Reply
    from ostler.executor.supervisor.task import Task
    from ostler.executor.supervisor.tasks import Tasks

    Request = dict[str, Any]

_IDLE_SECONDS = 5.0
# An embedder that took its leave may be one of many that come one after the other; nobody waits for this one.
_IDLE_AFTER_LEAVE_SECONDS = 0.25
_IDLE_WITH_LOGS_SECONDS = 60.0
_DEAF_SECONDS = 0.5


class Supervisor:
    """Serve the embedders of one data directory."""

    def __init__(
        self, directory: str, listener: socket.socket, loop: Loop, tasks: Tasks, pump: Pump, *, kind: str
    ) -> None:
        self._kind = kind
        self._key = read_key(directory)
        self._socket_path = os.path.join(directory, SOCKET)
        self._socket = lies_at(self._socket_path)
        self._listener = listener
        self._loop = loop
        self._tasks = tasks
        self._logs = Logs(loop, pump, self._consider_leaving)
        tasks.meters = Meters(loop, tasks, self._logs)
        self._connections: set[Connection] = set()
        self._greeted: set[Connection] = set()
        self._leaving: Timer | None = None
        self._patience = _IDLE_SECONDS
        self._outputs = Outputs(loop, self._logs)
        tasks.changed = self._consider_leaving
        tasks.beginning = self._outputs.open
        tasks.concluding = self._outputs.ended

    def serve(self) -> None:
        """Serve until idle for long enough, then remove the socket."""
        self._outputs.take_up(self._tasks.all(), self._tasks.given_up)
        self._tasks.forget_given_up()
        self._loop.watch(self._listener.fileno(), READ, self._accept)
        self._consider_leaving()
        self._loop.run()
        self._listener.close()

    def _accept(self, _: int) -> None:
        try:
            peer, _address = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:  # no descriptor is left: who knocks waits until there is one
            self._deafen(error)
            return
        if not trusted(peer):
            peer.close()
            return
        self._patience = _IDLE_SECONDS
        self._connections.add(Connection(self._loop, peer, self._handle, self._closed))

    def _deafen(self, error: OSError) -> None:
        complaint.write(f"nobody can connect for now: {error.strerror}")
        self._loop.unwatch(self._listener.fileno())
        self._loop.after(_DEAF_SECONDS, lambda: self._loop.watch(self._listener.fileno(), READ, self._accept))

    def _closed(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._greeted.discard(connection)
        for task in self._tasks.all():
            if connection in task.listeners:
                task.listeners.discard(connection)
                self._tasks.desert(task)
        self._outputs.disown(connection)
        self._logs.release_deserted()
        self._consider_leaving()

    def _handle(self, connection: Connection, request: Request) -> None:
        """Answer one request: with ``ok``, or with ``error``, or with ``failed``."""

        def reply(answer: dict[str, Any]) -> None:
            connection.send({"n": request.get("n"), **answer})

        handler = _HANDLERS.get(str(request.get("do")))
        if connection not in self._greeted and handler is not Supervisor.hello:
            reply({"error": "this supervisor answers whoever said hello with its key"})
            return
        if handler is None:
            reply({"error": f"this supervisor does not know the request {request.get('do')!r}"})
            return
        try:
            handler(self, connection, request, reply)
        except OSError as error:
            reply({_kind(error, request): _words(error, request)})
        except Exception as error:  # noqa: BLE001 - what one request holds may not cost all others their supervisor
            reply({"error": f"the request {request['do']!r} is malformed: {error!r}"})

    def hello(self, connection: Connection, request: Request, reply: Reply) -> None:
        """Say which version of the protocol is spoken, and listen to this connection if it knows the key."""
        spoken = request.get("protocol")
        if spoken != PROTOCOL:
            reply({"error": f"this supervisor speaks version {PROTOCOL} of the protocol, not {spoken}"})
            return
        if request.get("key") != self._key:
            reply({"error": f"{os.path.dirname(self._socket_path)}: the key of its supervisor is needed"})
            return
        self._greeted.add(connection)
        reply({"ok": {"protocol": PROTOCOL, "pid": os.getpid(), "kind": self._kind}})

    def start(self, connection: Connection, request: Request, reply: Reply) -> None:
        """Start a task and collect the logs that end with it; the connection hears of its end."""
        order = {**request["order"], "passed": request["passed"]}
        sound.check({**order, "id": request["id"]})
        order["logs"] = self._outputs.entries(request.get("logs", ()), request.get("outputs", ()))

        task: Task | None = None

        def begun(answer: dict[str, Any]) -> None:
            if "ok" not in answer:
                self._outputs.discard(order["logs"], task)
                if task is not None:
                    task.listeners.discard(connection)
            reply(answer)

        try:
            task = self._tasks.start(request["id"], order, begun)
        except Exception:
            self._outputs.discard(order["logs"], task)
            raise
        if task is not None and not task.ended:
            task.listeners.add(connection)
            self._outputs.watch(task)

    def watch(self, connection: Connection, request: Request, reply: Reply) -> None:
        """Tell what is known of a task; the connection hears of its end."""
        task = self._tasks.find(request["id"])
        if task is None:
            reply({"ok": None})
            return
        task.listeners.add(connection)
        reply({"ok": task.view()})

    def stop(self, _: Connection, request: Request, reply: Reply) -> None:
        """Stop a task; answered once it is gone."""
        task = self._tasks.find(request["id"])
        if task is None:
            reply({"ok": None})
            return
        self._tasks.stop(task, request["signal"], request["grace_seconds"], _gone(reply))

    def signal(self, _: Connection, request: Request, reply: Reply) -> None:
        """Send a signal."""
        task = self._tasks.find(request["id"])
        if task is not None:
            self._tasks.signal(task, request["signal"])
        reply({"ok": None})

    def stats(self, _: Connection, request: Request, reply: Reply) -> None:
        """Measure a task."""
        task = self._tasks.find(request["id"])
        reply({"ok": {} if task is None else self._tasks.stats(task)})

    def reserve(self, _: Connection, request: Request, reply: Reply) -> None:
        """Promise processors to a task that is about to start."""
        reply({"ok": self._tasks.cores.reserve(request["id"], request["count"], request["parent"])})

    def processes(self, _: Connection, _request: Request, reply: Reply) -> None:
        """List the ids that are known."""
        reply({"ok": self._tasks.hosts()})

    def entry(self, _: Connection, request: Request, reply: Reply) -> None:
        """Tell what a command that is run in a task needs."""
        task = self._tasks.find(request["id"])
        reply({"ok": None if task is None else self._tasks.entry(task)})

    def forget(self, _: Connection, request: Request, reply: Reply) -> None:
        """Remove a record; answered once it is gone."""
        task = self._tasks.find(request["id"])
        if task is None:
            reply({"ok": None})
            return
        self._tasks.forget(task, _gone(reply))

    def collect(self, connection: Connection, request: Request, reply: Reply) -> None:
        """Begin to pump a log."""
        self._outputs.collect(request["files"], connection)
        reply({"ok": None})

    def follow(self, connection: Connection, request: Request, reply: Reply) -> None:
        """Turn the connection into the stream of a log."""
        files, offset = request["files"], request["offset"]
        wait, hold = bool(request.get("wait")), bool(request.get("hold", True))
        place = self._logs.place(files, offset)
        reply({"ok": place})
        self._logs.follow(files, connection.detach(), place["offset"], wait=wait, hold=hold)

    def release(self, _: Connection, request: Request, reply: Reply) -> None:
        """End a log; on a full disk it ends when there is room, and that is said."""
        try:
            self._outputs.release(request["files"])
        except OSError as error:
            name = request["files"]["prefix"]
            reply({"error": f"{name} is not at its end before the disk takes the rest: {error.strerror}"})
            return
        reply({"ok": None})

    def leave(self, _: Connection, _request: Request, reply: Reply) -> None:
        """Take note that the embedder is about to close in good order."""
        self._patience = _IDLE_AFTER_LEAVE_SECONDS
        reply({"ok": None})

    def _busy(self) -> bool:
        if self._connections or self._tasks.running:
            return True
        return bool(self._logs.following or self._logs.ending)

    def _consider_leaving(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if not self._busy():
            logs = self._logs.collecting or self._outputs.barred
            patience = _IDLE_WITH_LOGS_SECONDS if logs else self._patience
            self._leaving = self._loop.after(patience, self._leave)

    def _leave(self) -> None:
        if self._busy():
            return
        # Where somebody made the directory anew, another supervisor's socket lies there by now.
        found = lies_at(self._socket_path)
        if self._socket and found and os.path.samestat(self._socket, found):
            os.unlink(self._socket_path)
        self._loop.stop()


def _kind(error: OSError, request: Request) -> str:
    """Tell a disk that is full, whose start may be tried again, from what the embedder has to mend."""
    return "busy" if request["do"] == "start" and error.errno in {errno.ENOSPC, errno.EDQUOT} else "error"


def _words(error: OSError, request: Request) -> str:
    text = f"{error.filename or request['do']}: {error.strerror or error}"
    if error.errno != errno.EMFILE:
        return text
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return (
        f"{text}: the supervisor may have {most} files open, and needs about four for each task (ulimit -Hn)"
    )


def _gone(reply: Reply) -> Reply:
    return lambda answer: reply(answer or {"ok": None})


_HANDLERS: dict[str, Callable[[Supervisor, Connection, Request, Reply], None]] = {
    "hello": Supervisor.hello,
    "start": Supervisor.start,
    "watch": Supervisor.watch,
    "stop": Supervisor.stop,
    "signal": Supervisor.signal,
    "stats": Supervisor.stats,
    "reserve": Supervisor.reserve,
    "processes": Supervisor.processes,
    "entry": Supervisor.entry,
    "forget": Supervisor.forget,
    "collect": Supervisor.collect,
    "follow": Supervisor.follow,
    "release": Supervisor.release,
    "leave": Supervisor.leave,
}
