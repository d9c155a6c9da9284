"""Run a command in a running task: join its namespaces, then become what its main process became.

The process that joins them forks once more, as only a child is in the PID namespace that was joined.  That
child is the supervisor's own too, and stands for the command as a task's init does.
"""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import signal
import socket
from contextlib import suppress

from ostler.executor.linux import facts, init, proc, run, syscalls
from ostler.executor.linux.forked import Launch, become_command, close_all_but, listen, say, sender, tell
from ostler.executor.linux.launch import COMPILED, kind
from ostler.executor.linux.launched import INIT, LaunchError
from ostler.executor.linux.lower import lower
from ostler.executor.linux.title import Title
from ostler.executor.supervisor import slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from ctypes import c_int
    from typing import Any, NoReturn

    from ostler.executor.linux.launched import Told
    from ostler.executor.linux.program import Program
    from ostler.executor.supervisor.loop import Loop

# What ``native/init.c`` expects: the slot at this descriptor, nothing behind it, and this word.
_SLOT, _FAR, _NO_PID_NAMESPACE, _LONGEST_TITLE = 3, 16, b"1", 200
# The kernel wants the user namespace first: it gives the right to join the others.
NAMESPACES = ("user", "ipc", "uts", "net", "cgroup", "pid", "mnt")


class Entrance:
    """The way into tasks that run."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._title = Title()
        # Opened here, for it can't be found from within a task's root.
        self._init = os.open(INIT, os.O_RDONLY | os.O_CLOEXEC) if kind() == COMPILED else -1

    def enter(
        self, order: Mapping[str, Any], processes: tuple[int, ...], slot_path: str, name: str, done: Told
    ) -> None:
        """Run a command in the task that ``processes`` are of, and listen to how it goes."""
        try:
            entry = launch(order, processes, slot_path, Standing(self._title, self._init, name))
        except LaunchError as error:
            done(error)
            return
        listen(self._loop, entry, slot_path, done)


class Standing:
    """How the process that stands for a command shows itself, and what it does then."""

    def __init__(self, title: Title, init: int, name: str) -> None:
        self._title = title
        self._init = init
        self._name = f"ostler-init {name}"

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What it needs to be open."""
        return (self._init,) if self._init >= 0 else ()

    def show(self) -> None:
        """Show what it is, until it is another program."""
        self._title.show(self._name)

    def begin(self, main: int, record: int) -> NoReturn:
        """Stand for ``main``: as the init in C where there is one."""
        if self._init >= 0:
            program = fcntl.fcntl(self._init, fcntl.F_DUPFD_CLOEXEC, _FAR)
            os.dup2(record, _SLOT)
            close_all_but(_SLOT, program)
            title = self._name.encode("utf-8", "replace")[:_LONGEST_TITLE]
            with suppress(OSError):
                os.execve(program, [title, _NO_PID_NAMESPACE, str(main).encode(), b"0"], {})  # noqa: S606
            record = _SLOT
        close_all_but(record)
        init.stand_for(main, record, (), pid_namespace=False)


class Entry(Launch):
    """A command on its way into a task: its init may go on once it is known."""

    def __init__(self, joining: int, sibling: c_int, status: socket.socket, record: int) -> None:
        super().__init__(joining, status)
        self._joining = joining
        self._sibling = sibling
        self._record = record

    def receive(self) -> bool:
        """Take the next message; True once the command runs.  Raises LaunchError."""
        message, ancillary = self.message()
        if message != b"init":
            return self.take(message, ancillary)
        self.pid = sender(ancillary)
        if self.pid != self._joining:
            os.waitpid(self._joining, 0)
        slot.write_handle(self._record, _handle(self.pid))
        self.go()
        return False

    def reap(self) -> None:
        """Reap also an init that was killed before it said a word: the task's init can't end until then."""
        super().reap()
        if self.pid == self._joining and self._sibling.value:
            os.waitpid(self._sibling.value, 0)

    def close(self) -> None:
        """Close what is held of it."""
        super().close()
        os.close(self._record)


def launch(
    order: Mapping[str, Any], processes: tuple[int, ...], record_path: str, standing: Standing
) -> Entry:
    """Begin to run a command in the task that ``processes`` are of.  Raises LaunchError."""
    joined = _namespaces(processes)
    record = os.open(record_path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    try:
        order = {**order, "joined": list(joined.values()), "below": "pid" in joined}
        sibling = syscalls.shared_number()
        pid = _fork(_Child(order, lower(order, facts.read()), theirs, record, standing, sibling))
    except OSError as error:
        ours.close()
        os.close(record)
        phase = "clone"
        raise LaunchError(phase, 0, error.errno or errno.EIO) from error
    finally:
        theirs.close()
        for descriptor in joined.values():
            os.close(descriptor)
    return Entry(pid, sibling, ours, record)


def _namespaces(processes: tuple[int, ...]) -> dict[str, int]:
    """Open the namespaces in which a task is and the supervisor is not.

    Those of its init are asked for first: its main process may have made further ones.
    """
    opened: dict[str, int] = {}
    try:
        for name in NAMESPACES:
            found = _first_open(processes, name)
            if _same(found, name):
                os.close(found)
            else:
                opened[name] = found
    except OSError as error:
        for descriptor in opened.values():
            os.close(descriptor)
        phase = "join"
        raise LaunchError(phase, 0, error.errno or errno.EIO) from error
    return opened


def _first_open(processes: tuple[int, ...], name: str) -> int:
    *others, last = processes
    for pid in others:
        try:
            return os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        except PermissionError:
            continue
    return os.open(f"/proc/{last}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)


def _same(descriptor: int, name: str) -> bool:
    return os.path.samestat(os.fstat(descriptor), os.stat(f"/proc/self/ns/{name}"))


def _fork(child: _Child) -> int:
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
        if pid == 0:
            child.run()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


class _Child:
    """What is carried out after the fork."""

    def __init__(
        self,
        order: Mapping[str, Any],
        program: Program,
        status: socket.socket,
        record: int,
        standing: Standing,
        sibling: c_int,
    ) -> None:
        self._order = order
        self._program = program
        self._status = status
        self._record = record
        self._standing = standing
        self._sibling = sibling
        self._registers = [-1] * program.registers

    def run(self) -> NoReturn:
        """Never come back into the supervisor's code, whatever happens."""
        try:
            gc.disable()
            self._enter()
            self._stand()
        except run.CallFailedError as error:
            tell(self._status, "build", error.step, error.number)
        except OSError as error:
            tell(self._status, "build", -1, error.errno or errno.EIO)
        finally:
            os._exit(1)

    def _enter(self) -> None:
        """Join the task's namespaces; only a child is in the PID namespace that was joined."""
        self._standing.show()
        kept = (self._status.fileno(), self._record, *self._standing.descriptors)
        close_all_but(*kept, *self._order.get("passed", ()), *self._order["joined"])
        if self._order["joined"]:
            # The task's processes may see this one from here on, and must not look into it.
            syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        run.carry_out(self._program.build, self._registers)
        if self._order["below"] and syscalls.clone_sibling(self._sibling):
            os._exit(0)

    def _stand(self) -> NoReturn:
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
        say(self._status, b"init")
        if self._status.recv(2) != b"go":
            os._exit(1)
        main = os.fork()
        if main == 0:
            become_command(self._order, self._program, self._status, self._registers, self._record)
        self._status.close()
        self._standing.begin(main, self._record)


def _handle(pid: int) -> slot.Handle:
    pidfd = os.pidfd_open(pid)
    inode = os.fstat(pidfd).st_ino
    os.close(pidfd)
    return slot.Handle(pid=pid, inode=inode, start_time=proc.start_time(pid) or 0, flags=slot.BEGUN)
