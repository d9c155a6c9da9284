"""The executor: one embedder's door to the supervisor of a data directory."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict

from ostler.errors import RecoverableError, RefusedError
from ostler.executor import order
from ostler.executor.connection.ends import Ends
from ostler.executor.connection.reading import (
    LogSocket,
    followed,
    held,
    logs_of,
    opened,
    placed,
    placed_streams,
)
from ostler.executor.connection.reservations import Reservations, not_busy
from ostler.executor.connection.session import Session
from ostler.executor.entering import NO_PROCESS, Entering
from ostler.executor.host import account, probing
from ostler.executor.supervisor.address import boot_id
from ostler.executor.values import Exit, LogFiles, Process, Stats, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ostler.executor.host.account import Account
    from ostler.executor.linux.checkup import Capability
    from ostler.executor.streams.feeding import Feeder, Input
    from ostler.executor.values import Command, Host

logger = logging.getLogger(__name__)

_LOST = Exit(code=125, reason="lost", message="no supervisor knows of it")


class Executor(Entering):
    """Start processes, keep them over a restart of the embedder, read their logs, stop them.

    Thread-safe; calls block.  One object per embedding process and data directory is enough; what that
    process forks later is refused, and makes one of its own.  The supervisor is started by the first call
    that needs it.  ``portable`` isolates nothing and is what every system but Linux gets; the environment
    variable ``OSTLER_EXECUTOR=portable`` forces it too.
    """

    def __init__(self, directory: str | Path, *, portable: bool = False) -> None:
        self._directory = str(Path(directory).resolve())
        plain = portable or probing.portable()
        self._orders = order.Portable(forced=sys.platform == "linux") if plain else order.Linux()
        self._session = Session(
            self._directory,
            self._orders.kind,
            heard=self._heard,
            mend=self._mend,
            given_up=self._give_up,
        )
        self._ends = Ends(unknown=_LOST)
        self._logs: dict[tuple[str, str], LogFiles] = {}
        self._reservations = Reservations(self._ask, self._orders.cpuset)
        self._feeders: dict[str, Feeder] = {}

    def host(self) -> Host:
        """Find out by trying what this machine can isolate and limit; the answer is kept."""
        return self._orders.host()

    def examine(self) -> tuple[Capability, ...]:
        """Try what isolation is made of, one canary each; the portable executor has nothing to try."""
        return self._orders.examine()

    def account(self, user: str) -> Account:
        """Give the ids of a name, ``uid`` or ``uid:gid``, empty for the caller; RefusedError."""
        return account.find(user)

    def reserve_cores(self, name: str, count: int) -> str:
        """Reserve processors for the task of this id, to be named in its ``limits.cores`` within a minute.

        No other task has them reserved for as long as it runs, whoever started it.  Raises RefusedError
        where the machine has fewer or can't reserve any, RecoverableError while too few are free.
        """
        return self._reservations.reserve(name, count)

    def prepare(self) -> None:
        """Begin to probe the machine and to reach the supervisor, starting it if need be.

        The caller goes on meanwhile; what goes wrong is told by the first call that needs it.
        """
        self._session.prepare()
        self._orders.prepare()

    def start(self, command: Command, *, stdin: Input | None = None) -> Process:
        """Start a process and give its handle, once its command runs.

        ``stdin``, given in place of the command's path, are the bytes that it reads, a file, pipe or terminal
        (``sys.stdin``: the caller's own), or any other stream to read from.  Bytes and files need the caller
        no more; what comes through the caller is at its end when that closes the executor or dies.
        Raises RefusedError for what the caller has to change (a program that is missing or not
        executable, an unknown user, a limit or an isolation that can't be had), RecoverableError for
        what may pass.
        """
        from ostler.executor.supervisor.folded import fold

        logs = logs_of(command)
        command = placed_streams(command, logs)
        written = self._written(command, stdin)
        fields = {
            "order": fold(written.content),
            "outputs": [path_of(command.stdout), path_of(command.stderr)],
            "logs": [asdict(each) for each in logs.values()],
        }
        with self._ends.starting(command.id):
            answer = self._fed(command.id, fields, stdin)
            not_busy(answer)
            if "failed" in answer:
                raise written.error(command.id, answer["failed"])
            found = _ok(answer)
        planned = {"tier": written.tier, "cgroups": written.cgroups, "remarks": written.remarks}
        return self._handle(command.id, found, planned)

    def wait(self, process: Process, timeout_seconds: float | None = None) -> Exit | None:
        """Wait for the end; None when the time ran out first.

        A process of which there is no trace is answered with the reason ``lost``.  Raises RecoverableError
        when the executor is closed before the end.
        """
        self._session.refuse_forked()
        if not self._ends.expected(process.id) and not self.recover(process):
            return _LOST
        return self._ends.wait(process.id, timeout_seconds)

    def on_end(self, callback: Callable[[str, Exit], None]) -> Callable[[], None]:
        """Call back with (id, exit) at the end of each process started or recovered through this object.

        The calls come from the executor's one reader thread, so they must be quick and may not call the
        executor; for a process that had ended before it was recovered, from the thread that recovers.
        Gives the unsubscriber.
        """
        return self._ends.subscribe(callback)

    def recover(self, process: Process) -> bool:
        """Take up a process again, which runs or has ended meanwhile: its end is told as any other's.

        False when there is no trace of it.
        """
        return self._take_up(process.id) is not None

    def find(self, name: str) -> Process | None:
        """Take up the process that was started under this id, as `recover` does, and give a handle of it.

        For whoever was killed before the handle was kept; ``tier``, ``cgroups`` and ``remarks`` were only in
        that one.  None when there is no trace of it.
        """
        found = self._take_up(name)
        return None if found is None else self._handle(name, found, {})

    def stop(self, process: Process, *, grace_seconds: float, signal: str | int = "SIGINT") -> None:
        """Stop politely, then by force, the whole tree; returns when it is gone.

        One that was stopped by a signal or frozen goes on first.  Stopping an ended process succeeds.  Raises
        RefusedError for an unknown signal, RecoverableError when what was killed is not gone 5 s later.
        """
        from ostler.executor.signals import signal_number

        number = signal_number(signal)
        self._end("stop", id=process.id, signal=number, grace_seconds=grace_seconds)

    def signal(self, process: Process, signal: str | int) -> None:
        """Send a signal, by name or number, to the main process; RefusedError for an unknown one."""
        from ostler.executor.signals import signal_number

        self._ask("signal", id=process.id, signal=signal_number(signal))

    def stats(self, process: Process) -> Stats:
        """Measure what the process and its children use now; all is None once it has ended."""
        return Stats(**self._ask("stats", id=process.id))

    def processes(self) -> list[str]:
        """List the ids that the supervisor knows, ended and not yet forgotten ones too."""
        return list(self._ask("processes"))

    def forget(self, process: Process) -> None:
        """Remove the record of an ended process; a running one is killed first, as by `stop`."""
        self._end("forget", id=process.id)
        self._unfeed(process.id)
        self._ends.forget(process.id)

    def collect(self, logs: LogFiles) -> None:
        """Make the FIFO or spool file and pump it into rotated files until it is released; again is fine.

        Only for what is not named as a command's ``stdout`` or ``stderr``: several attempts that write to one
        log, or a writer that isn't started here.  Once whoever had a log collected is gone, the log ends with
        the process that writes to it.
        """
        made = placed(logs)
        self._ask("collect", files=asdict(made))
        self._logs[made.directory, made.prefix] = made

    def follow(self, logs: LogFiles, *, offset: int = 0, wait: bool = False, hold: bool = True) -> LogSocket:
        """Give a socket with the log's bytes from ``offset`` on, once they come, or the next still there.

        It is at its end once the log has ended and everything was read, and early where a supervisor died or
        somebody removed what comes next: then follow it again from where you are.  With ``wait`` a log that
        has not begun is waited for, else it is empty.  A follower that is slow holds the writer back rather
        than lose a byte: read it, or close it; without ``hold`` it loses what is purged before it was read.
        """
        request = {"files": asdict(placed(logs)), "offset": offset, "wait": wait, "hold": hold}
        return opened(self._directory, self._orders.kind, request)

    def read(
        self,
        logs: LogFiles,
        *,
        offset: int = 0,
        follow: bool = False,
        hold: bool = True,
        goes_on: Callable[[], bool] | None = None,
    ) -> Iterator[tuple[int, bytes]]:
        """Give what a log holds from ``offset`` on in pieces, each with the offset of its first byte.

        Without ``follow`` that is what its files hold now, and no supervisor is asked.  With it, a log that
        has not begun is waited for, and what comes is given until the log has ended, whatever becomes of
        supervisors meanwhile; ``hold`` is as in `follow`, and ``goes_on`` is asked each second that nothing
        comes.  An offset that jumps tells that the bytes between were purged; one beyond the end gives
        nothing until the log has grown so far.
        """
        if not follow:
            return held(logs, offset)

        def connect(place: int) -> LogSocket:
            return self._session.persist(lambda: self.follow(logs, offset=place, wait=True, hold=hold))

        return followed(connect, offset, goes_on or (lambda: True))

    def release(self, logs: LogFiles) -> None:
        """Take what is left in the FIFO or the spool file, remove it, let the followers come to the end."""
        made = placed(logs)
        if self._logs.pop((made.directory, made.prefix), None) is None:
            self._ask("release", files=asdict(made))
        else:
            self._session.persist(lambda: self._release_collected(asdict(made)))

    def close(self) -> None:
        """Let go; tasks run on and their ends are kept for who comes next."""
        for name in list(self._feeders):
            self._unfeed(name)
        self._session.close()
        self._ends.close()
        self._orders.close()

    def _unfeed(self, name: str) -> None:
        feeder = self._feeders.pop(name, None)
        if feeder is not None:
            feeder.close()

    def _release_collected(self, files: dict[str, Any]) -> None:
        """Release what may be a successor's by now, which knows only the logs that it was told of."""
        _ok(self._session.call("collect", files=files))
        _ok(self._session.call("release", files=files))

    def _written(self, command: Command, stdin: Input | None) -> order.Order:
        """Write the order, with what was reserved; that is given back where no order can be written."""
        try:
            written = self._orders.write(command, self._directory, () if stdin is None else (0,))
        except RefusedError:
            self._reservations.give_back(command.id)
            raise
        written.content["reserved"] = self._reservations.take(command.id)
        return written

    def _fed(self, name: str, fields: dict[str, Any], stdin: Input | None) -> dict[str, Any]:
        if stdin is None:
            return self._launch(name, fields)
        from ostler.executor.streams.feeding import Handed

        with Handed(stdin, name) as handed:
            answer = self._launch(name, fields, (handed.descriptor,))
            if "ok" in answer and (feeder := handed.feed()) is not None:
                self._feeders[name] = feeder
        return answer

    def _launch(self, name: str, fields: dict[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        """Ask for a start; when the supervisor is lost over it, the next one knows what became of it."""
        try:
            return self._session.call("start", descriptors, id=name, **fields)
        except RecoverableError:
            answer = self._session.insist("watch", id=name)
            if _ok(answer) is None:
                raise
            return answer

    def _end(self, do: str, **fields: object) -> None:
        answer = self._session.insist(do, **fields)
        not_busy(answer)
        _ok(answer)

    def _ask(self, do: str, **fields: object) -> Any:  # noqa: ANN401 - what each request answers
        return _ok(self._session.insist(do, **fields))

    def _heard(self, message: dict[str, Any]) -> None:
        self._ends.tell(message["end"], Exit(**message["exit"]))

    def _take_up(self, name: str) -> dict[str, Any] | None:
        self._ends.expect(name)
        try:
            found = self._watch(name)
        except BaseException:
            self._ends.drop(name)  # else who asks again would wait for what nobody is going to tell
            raise
        if found is None:
            self._ends.deny(name)
        return found

    def _watch(self, name: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._ask("watch", id=name)
        if found is not None and found["exit"] is not None:
            self._ends.tell(name, Exit(**found["exit"]))
        return found

    def _handle(self, name: str, view: dict[str, Any], planned: dict[str, Any]) -> Process:
        found = view["process"] or NO_PROCESS
        own = {"id": name, "boot_id": boot_id(), "directory": self._directory}
        return Process(pid=found["pid"], start_time=found["start_time"], **own, **planned)

    def _mend(self) -> None:
        """Ask the next supervisor, which takes up what the lost one left, for every log and every end."""
        for logs in list(self._logs.values()):
            try:
                self._ask("collect", files=asdict(logs))
            except RefusedError as error:  # what became of one log is no reason to lose every task
                logger.warning("%s of %s is not collected any more: %s", logs.prefix, logs.directory, error)
        for name, begun in self._ends.pending().items():
            if self._watch(name) is None and begun:  # else it may be asked for in a moment
                self._ends.tell(name, _LOST)

    def _give_up(self) -> None:
        for name, begun in self._ends.pending().items():
            if begun:
                self._ends.tell(name, _LOST)


def _ok(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - what each request answers
    if "error" in answer:
        raise RefusedError(answer["error"])
    return answer["ok"]
