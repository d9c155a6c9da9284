"""The launcher without an extension: a forked copy of the supervisor carries out the calls by ctypes.

It forks the task's main process in the same way, and stays as the task's init.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import socket
import struct
import time
from contextlib import suppress
from functools import cache

from ostler.executor.linux import init, proc, run, syscalls
from ostler.executor.linux.launched import Launched, LaunchError, prepared
from ostler.executor.linux.shapes import Shapes
from ostler.executor.linux.title import Title
from ostler.executor.supervisor import address, slot
from ostler.executor.supervisor.loop import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

    from ostler.executor.linux.launched import Told
    from ostler.executor.linux.program import Program
    from ostler.executor.supervisor.loop import Loop

_FIRST_DESCRIPTOR, _HIGHEST_DESCRIPTOR = 3, 2**31 - 1
_CREDENTIALS = struct.Struct("3i")
_LONGEST_END_SECONDS, _LOOK_SECONDS = 0.2, 0.001


class Forked:
    """Start tasks by forks."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._title = Title()
        self._shapes = Shapes(run.Ready)

    def launch(self, order: Mapping[str, Any], slot_path: str, name: str, done: Told) -> None:
        """Prepare on the host, clone, and listen to how it goes."""
        try:
            launch = _launch(order, slot_path, self._shapes, self._title, name)
        except LaunchError as error:
            done(error)
            return
        listen(self._loop, launch, slot_path, done)


class Launch:
    """A launch on its way: the pid of what becomes the init, and the socket that tells how it goes."""

    def __init__(self, pid: int, status: socket.socket) -> None:
        self.pid = pid
        self.status = status
        self.main = 0

    def go(self) -> None:
        """Let a child that waits for it go on."""
        try:
            self.status.send(b"go")
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self) -> bool:
        """Take the next message; True once the command runs.  Raises LaunchError."""
        return self.take(*self.message())

    def take(self, message: bytes, ancillary: list[tuple[int, int, bytes]]) -> bool:
        """Take a message."""
        if not message:
            return self._begun()
        if message == b"main":
            self.main = sender(ancillary)
            return False
        failure = json.loads(message)
        raise LaunchError(failure["phase"], failure["index"], failure["errno"])

    def message(self) -> tuple[bytes, list[tuple[int, int, bytes]]]:
        """Receive a message."""
        while True:
            try:
                message, ancillary, _, _ = self.status.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
            except ConnectionResetError:
                # It ended without reading "go"; what it said before comes next.
                continue
            return message, ancillary

    def launched(self, slot_path: str) -> Launched:
        """Say which process it is, as that wrote it down itself."""
        handle, _ = slot.read(slot_path)
        inode, start_time = (handle.inode, handle.start_time) if handle else (0, 0)
        return Launched(self.pid, os.pidfd_open(self.pid), self.main, inode, start_time)

    def _begun(self) -> bool:
        """Tell an exec, which closes the socket, from a death before it."""
        if self.main == 0:
            phase = "build"
            raise LaunchError(phase, -1, errno.EIO)
        return True

    def reap(self) -> None:
        """Reap what a launch that failed leaves; its init may find a log to hold, which nobody reads now."""
        deadline = time.monotonic() + _LONGEST_END_SECONDS
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if time.monotonic() >= deadline:
                os.kill(self.pid, signal.SIGKILL)
                break
            time.sleep(_LOOK_SECONDS)
        os.waitpid(self.pid, 0)

    def close(self) -> None:
        """Close the socket."""
        self.status.close()


def listen(loop: Loop, launch: Launch, slot_path: str, done: Told) -> None:
    """Hear on the loop how a launch goes, until its command runs or it has failed."""

    def hear(_: int) -> None:
        answer: Launched | LaunchError
        try:
            if not launch.receive():
                return
        except LaunchError as error:
            launch.reap()
            answer = error
        else:
            answer = launch.launched(slot_path)
        loop.unwatch(launch.status.fileno())
        launch.close()
        done(answer)

    loop.watch(launch.status.fileno(), READ, hear)


def _launch(order: Mapping[str, Any], slot_path: str, shapes: Shapes, title: Title, name: str) -> Launch:
    prepared(order["prepare"])
    ready, values = shapes.find(order)
    program = ready.fill(values, order)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    try:
        pid = _clone(_Child(order, program, theirs, slot_path), title, name)
    except OSError as error:
        ours.close()
        phase = "clone"
        raise LaunchError(phase, 0, error.errno or errno.EIO) from error
    finally:
        theirs.close()
    return Launch(pid, ours)


class _Child:
    """What is carried out after the clone."""

    def __init__(
        self, order: Mapping[str, Any], program: Program, status: socket.socket, slot_path: str
    ) -> None:
        self._order = order
        self._passed = order.get("passed", ())
        self._pid_namespace = "pid" in order["namespaces"]
        self._program = program
        self._status = status
        self._slot_path = slot_path
        self._registers = [-1] * program.registers
        self.namespaces = sum(syscalls.NAMESPACES[name] for name in order["namespaces"])

    def run(self) -> NoReturn:
        """Never come back into the supervisor's code, whatever happens."""
        phase = "build"
        try:
            gc.disable()
            close_all_but(self._status.fileno(), *self._passed, *address.held)
            record = os.open(self._slot_path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            handle = _identify()
            slot.write_handle(record, handle)
            run.carry_out(self._program.build, self._registers)
            phase = "enter"
            self._stand(record, handle)
        except run.CallFailedError as error:
            tell(self._status, phase, error.step, error.number)
        except OSError as error:
            tell(self._status, phase, -1, error.errno or errno.EIO)
        finally:
            os._exit(1)

    def _stand(self, record: int, handle: slot.Handle) -> NoReturn:
        if not self._pid_namespace:
            syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        # From here on the command may run: without this mark the next supervisor knows that it never did.
        handle.flags |= slot.BEGUN
        slot.write_handle(record, handle)
        try:
            gate = os.pipe()
            main = os.fork()
        except OSError:
            slot.take_back(record)
            raise
        if main == 0:
            become_command(self._order, self._program, self._status, self._registers, record, gate)
        self._status.close()
        found = (self._registers[each.index] for each in self._program.held)
        held = [descriptor for descriptor in found if descriptor >= 0]
        close_all_but(record, gate[1], *held)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        _let_begin(gate[1])
        init.stand_for(main, record, held, pid_namespace=self._pid_namespace)


def become_command(
    order: Mapping[str, Any],
    program: Program,
    status: socket.socket,
    registers: list[int],
    record: int,
    gate: tuple[int, int] | None = None,
) -> NoReturn:
    """Become the task's command, once its init to be has said at the gate that nobody can look into it.

    A failure is told through the socket that exec would close, and written down in the slot ``record``.
    """
    phase = "enter"
    try:
        run.carry_out(program.enter, registers)
        phase = "exec"
        say(status, b"main")
        run.carry_out(program.finish[:-1], registers)
        if gate is not None:
            _await_init(gate)
        # What is only closed on exec could be named as the program until then.
        close_all_but(status.fileno(), record)
        _execute(order, program, registers)
    except run.CallFailedError as error:
        slot.take_back(record)
        tell(status, phase, error.step, error.number)
    except OSError as error:
        slot.take_back(record)
        tell(status, phase, 0, error.errno or errno.EIO)
    finally:
        os._exit(127)


def _await_init(gate: tuple[int, int]) -> None:
    """Wait until there is an init; raises OSError when there will be none."""
    os.close(gate[1])
    if not os.read(gate[0], 1):
        raise OSError(errno.ECANCELED, "its init was killed")


def _let_begin(gate: int) -> None:
    """Let the command begin, if it did not come to its end before."""
    with suppress(BrokenPipeError):
        os.write(gate, b"!")
    os.close(gate)


def _execute(order: Mapping[str, Any], program: Program, registers: list[int]) -> None:
    """Become the first program that can be executed; raises what was in the way of the last one."""
    candidates = order.get("candidates")
    if not candidates:
        run.carry_out(program.finish[-1:], registers)
        return
    failure = OSError(errno.ENOENT, "")
    for path in candidates:
        try:
            os.execve(path, order["argv"], order["env"])  # noqa: S606 - the point
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            failure = error if error.errno == errno.EACCES or failure.errno != errno.EACCES else failure
    raise failure


def _clone(child: _Child, title: Title, name: str) -> int:
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _signals())
    try:
        pid = syscalls.clone(child.namespaces)
        if pid == 0:
            title.show(f"ostler-init {name}")
            child.run()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


@cache
def _signals() -> set[signal.Signals]:
    """Give all signals; it takes its time to make an enum of each."""
    return signal.valid_signals()


def _identify() -> slot.Handle:
    """Say which process this is, as long as the host's /proc is there to tell."""
    pid = int(os.readlink("/proc/self"))
    pidfd = os.pidfd_open(os.getpid())
    inode = os.fstat(pidfd).st_ino
    os.close(pidfd)
    return slot.Handle(pid=pid, inode=inode, start_time=proc.start_time(pid) or 0)


def close_all_but(*kept: int) -> None:
    """Close every descriptor from 3 on but these."""
    begin = _FIRST_DESCRIPTOR
    for descriptor in sorted(kept):
        os.closerange(begin, descriptor)
        begin = descriptor + 1
    os.closerange(begin, _HIGHEST_DESCRIPTOR)


def tell(status: socket.socket, phase: str, index: int, number: int) -> None:
    """Tell the supervisor what failed."""
    say(status, json.dumps({"phase": phase, "index": index, "errno": number}).encode())


def say(status: socket.socket, message: bytes) -> None:
    """Tell the supervisor; one that was lost meanwhile is no reason not to go on."""
    try:
        status.send(message)
    except (BrokenPipeError, ConnectionResetError):
        return


def sender(ancillary: list[tuple[int, int, bytes]]) -> int:
    """Say which process sent a message."""
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            return int(_CREDENTIALS.unpack(content[: _CREDENTIALS.size])[0])
    return 0
