"""Carry out a plan: clone, build the task's surroundings, fork its main process, become its init."""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import socket
import struct

from ostler.executor.linux import facts, init, prepare, run, syscalls, tree
from ostler.executor.linux.lower import lower
from ostler.executor.linux.program import Register
from ostler.executor.supervisor import slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

    from ostler.executor.linux.program import Program

_FIRST_DESCRIPTOR, _HIGHEST_DESCRIPTOR = 3, 2**31 - 1
_CREDENTIALS = struct.Struct("3i")


class LaunchError(Exception):
    """A launch failed: ``failure`` holds ``phase``, ``index`` and ``errno``."""

    def __init__(self, phase: str, index: int, number: int) -> None:
        self.failure = {"phase": phase, "index": index, "errno": number}
        super().__init__(self.failure)


class Launch:
    """A launch on its way: the pid of what becomes the init, and the socket that tells how it goes."""

    def __init__(self, pid: int, status: socket.socket) -> None:
        self.pid = pid
        self.status = status
        self.main = 0

    def go(self) -> None:
        """Let the main process start; before this the child only builds and can be forgotten."""
        try:
            self.status.send(b"go")
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self) -> bool:
        """Take the next message; True once the command runs.  Raises LaunchError."""
        return self._take(*self._message())

    def _take(self, message: bytes, ancillary: list[tuple[int, int, bytes]]) -> bool:
        if not message:
            return self._begun()
        if message == b"main":
            self.main = sender(ancillary)
            return False
        failure = json.loads(message)
        raise LaunchError(failure["phase"], failure["index"], failure["errno"])

    def _message(self) -> tuple[bytes, list[tuple[int, int, bytes]]]:
        while True:
            try:
                message, ancillary, _, _ = self.status.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
            except ConnectionResetError:
                # It ended without reading "go"; what it said before comes next.
                continue
            return message, ancillary

    def _begun(self) -> bool:
        """Tell an exec, which closes the socket, from a death before it."""
        if self.main == 0:
            phase = "build"
            raise LaunchError(phase, -1, errno.EIO)
        return True

    def close(self) -> None:
        """Close the socket."""
        self.status.close()


def launch(plan: Mapping[str, Any], record_path: str, title: Callable[[], None]) -> Launch:
    """Prepare on the host, then clone; the child waits for ``go``.  Raises LaunchError.

    ``title`` is called in the child, to change what ``ps`` shows of it.
    """
    try:
        prepare.carry_out(plan["prepare"])
    except prepare.StepFailedError as error:
        phase = "prepare"
        raise LaunchError(phase, error.index, error.number) from error
    program = lower(plan, facts.read())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    try:
        pid = _clone(plan, program, theirs, record_path, title)
    except OSError as error:
        ours.close()
        phase = "clone"
        raise LaunchError(phase, 0, error.errno or errno.EIO) from error
    finally:
        theirs.close()
    return Launch(pid, ours)


def _clone(
    plan: Mapping[str, Any],
    program: Program,
    status: socket.socket,
    record_path: str,
    title: Callable[[], None],
) -> int:
    flags = sum(syscalls.NAMESPACES[name] for name in plan["namespaces"])
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = syscalls.clone(flags)
        if pid == 0:
            _child(plan, program, status, record_path, title)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


def _child(
    plan: Mapping[str, Any],
    program: Program,
    status: socket.socket,
    record_path: str,
    title: Callable[[], None],
) -> NoReturn:
    """Never come back into the supervisor's code, whatever happens."""
    phase = "build"
    try:
        gc.disable()
        title()
        passed = plan.get("passed", ())
        close_all_but(status.fileno(), *passed)
        record = os.open(record_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        handle = _identify()
        slot.write_handle(record, handle)
        registers = [-1] * program.registers
        run.carry_out(program.build, registers)
        if status.recv(2) != b"go":
            os._exit(1)
        phase = "enter"
        _run(plan, program, status, registers, record, handle)
    except run.CallFailedError as error:
        tell(status, phase, error.step, error.number)
    except OSError as error:
        tell(status, phase, -1, error.errno or errno.EIO)
    finally:
        os._exit(1)


def _identify() -> slot.Handle:
    """Say which process this is, as long as the host's /proc is there to tell."""
    pid = int(os.readlink("/proc/self"))
    pidfd = os.pidfd_open(os.getpid())
    inode = os.fstat(pidfd).st_ino
    os.close(pidfd)
    return slot.Handle(pid=pid, inode=inode, start_time=tree.start_time(pid) or 0)


def _run(
    plan: Mapping[str, Any],
    program: Program,
    status: socket.socket,
    registers: list[int],
    record: int,
    handle: slot.Handle,
) -> NoReturn:
    pid_namespace = "pid" in plan["namespaces"]
    if not pid_namespace:
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    # From here on the command may run: without this mark the next supervisor knows that it never did.
    handle.flags |= slot.BEGUN
    slot.write_handle(record, handle)
    main = os.fork()
    if main == 0:
        become_command(plan, program, status, registers)
    status.close()
    held = [descriptor for each in program.held if (descriptor := registers[each.index]) >= 0]
    close_all_but(record, *held)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    init.stand_for(main, record, held, pid_namespace=pid_namespace)


def become_command(
    plan: Mapping[str, Any], program: Program, status: socket.socket, registers: list[int]
) -> NoReturn:
    """Become the task's command; a failure is told through the socket that exec would close."""
    phase = "enter"
    try:
        run.carry_out(program.enter, registers)
        phase = "exec"
        for number, place in program.streams.items():
            os.dup2(registers[place.index] if isinstance(place, Register) else place, number)
        say(status, b"main")
        _reset_signals()
        os.umask(0o022)
        _execute(plan.get("candidates") or [plan["executable"]], plan)
    except run.CallFailedError as error:
        tell(status, phase, error.step, error.number)
    except OSError as error:
        tell(status, phase, 0, error.errno or errno.EIO)
    finally:
        os._exit(127)


def _execute(candidates: list[str], plan: Mapping[str, Any]) -> None:
    """Become the first program that can be executed; raises what was in the way of the last one."""
    failure = OSError(errno.ENOENT, "")
    for path in candidates:
        try:
            os.execve(path, plan["argv"], plan["env"])  # noqa: S606 - the point
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            failure = error if error.errno == errno.EACCES or failure.errno != errno.EACCES else failure
    raise failure


def _reset_signals() -> None:
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


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
    """Tell the supervisor; one that was lost since it said "go" is no reason not to go on."""
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
