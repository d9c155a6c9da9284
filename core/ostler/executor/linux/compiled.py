"""The launcher in C: it clones without copying the supervisor, which goes on meanwhile."""

from __future__ import annotations

import errno
import fcntl
import os

from ostler.executor.linux.launched import INIT, Launched, LaunchError, prepared
from ostler.executor.linux.pack import Packed
from ostler.executor.linux.shapes import Shapes
from ostler.executor.linux.syscalls import NAMESPACES, PR_SET_DUMPABLE, prctl
from ostler.executor.supervisor.loop import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ostler.executor.linux.launched import Told
    from ostler.executor.supervisor.loop import Loop

_PHASES = ("", "clone", "build", "enter", "exec", "build")
_LONGEST_TITLE, _FAR = 200, 16


class Begun:
    """A launch under way, the pipe that ends when it is over, and what kept it from being prepared."""

    __slots__ = ("error", "launch", "pipe")

    def __init__(self, launch: object, pipe: int) -> None:
        self.launch = launch
        self.pipe = pipe
        self.error: LaunchError | None = None


class Compiled:
    """Start tasks by the extension."""

    def __init__(self, loop: Loop) -> None:
        from ostler.executor.linux import _launch

        self._extension = _launch
        self._loop = loop
        self._shapes = Shapes(Packed)
        # Above all descriptors that are put in another one's place.
        init = os.open(INIT, os.O_RDONLY | os.O_CLOEXEC)
        self._init = fcntl.fcntl(init, fcntl.F_DUPFD_CLOEXEC, _FAR)
        os.close(init)
        self._old_clone = False
        if os.geteuid() == 0:
            # A process that already is the task's user shares this memory until it is the command.
            prctl(PR_SET_DUMPABLE, 0)

    def launch(self, order: Mapping[str, Any], slot_path: str, name: str, done: Told) -> None:
        """Carry out a plan, which may take long, and hear when that is over."""
        try:
            begun = self._begin(order, slot_path, name)
        except LaunchError as error:
            done(error)
            return

        def over(_: int) -> None:
            self._loop.unwatch(begun.pipe)
            done(self._finish(begun, order))

        self._loop.watch(begun.pipe, READ, over)

    def now(self, order: Mapping[str, Any], slot_path: str, name: str) -> Launched | LaunchError:
        """Carry out a plan, and wait for it."""
        try:
            begun = self._begin(order, slot_path, name)
        except LaunchError as error:
            return error
        os.read(begun.pipe, 1)
        return self._finish(begun, order)

    def _begin(self, order: Mapping[str, Any], slot_path: str, name: str) -> Begun:
        """Begin, and prepare meanwhile what is needed late; the folders are needed at once."""
        steps = order["prepare"]
        folders = sum(step["do"] == "make_directory" for step in steps)
        prepared(steps[:folders])
        begun = Begun(*self._cloned(order, slot_path, name))
        try:
            prepared(steps[folders:], folders)
        except LaunchError as error:
            begun.error = error
        except BaseException:
            self._abandon(begun)
            raise
        self._extension.let_on(begun.launch, begun.error is None)
        return begun

    def _abandon(self, begun: Begun) -> None:
        """Have a launch fail, which doesn't take long, and leave nothing of it."""
        self._extension.let_on(begun.launch, False)  # noqa: FBT003 - a function in C
        os.read(begun.pipe, 1)
        os.close(begun.pipe)
        self._extension.finish(begun.launch)

    def _cloned(self, order: Mapping[str, Any], slot_path: str, name: str) -> tuple[object, int]:
        phase = "prepare"
        try:
            slot = os.open(slot_path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                phase = "clone"
                return self._start(order, slot, name)
            finally:
                os.close(slot)
        except OSError as error:
            index = -1 if phase == "prepare" else 0
            raise LaunchError(phase, index, error.errno or errno.EIO) from error

    def _start(self, order: Mapping[str, Any], slot: int, name: str) -> tuple[object, int]:
        """Clone, by the older call where a container denies the newer one."""
        try:
            return self._clone(order, slot, name, old_clone=self._old_clone)
        except OSError as error:
            if self._old_clone or error.errno not in {errno.ENOSYS, errno.EPERM}:
                raise
        begun = self._clone(order, slot, name, old_clone=True)
        self._old_clone = True
        return begun

    def _clone(
        self, order: Mapping[str, Any], slot: int, name: str, *, old_clone: bool
    ) -> tuple[object, int]:
        packed, values = self._shapes.find(order, into_cgroup=not old_clone)
        memory, addresses = packed.fill(values, order)
        return self._extension.begin(
            packed.calls,
            packed.counts,
            memory,
            addresses,
            packed.registers,
            packed.held,
            sum(NAMESPACES[each] for each in order["namespaces"]),
            packed.group,
            slot,
            self._init,
            f"ostler-init {name}".encode("utf-8", "replace")[:_LONGEST_TITLE],
            old_clone,
            packed.reaches_all,
        )

    def _finish(self, begun: Begun, order: Mapping[str, Any]) -> Launched | LaunchError:
        os.close(begun.pipe)
        answer = self._extension.finish(begun.launch)
        if begun.error is not None:
            return begun.error
        if len(answer) == 3:  # noqa: PLR2004 - a failure
            phase, step, number = answer
            return LaunchError(_PHASES[phase], step, number)
        pid, pidfd, main, inode, start_time = answer
        return Launched(pid, pidfd, 0 if "pid" in order["namespaces"] else main, inode, start_time)
