"""The launcher in C: it clones without copying the supervisor, on threads, because a launch may take long."""

from __future__ import annotations

import errno
import os

from ostler.executor.linux.launched import INIT, Launched, LaunchError, prepared
from ostler.executor.linux.shapes import Shapes
from ostler.executor.linux.syscalls import NAMESPACES, PR_SET_DUMPABLE, prctl
from ostler.executor.linux.workers import Workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ostler.executor.linux.launched import Told
    from ostler.executor.supervisor.loop import Loop

_PHASES = ("", "clone", "build", "enter", "exec", "build")
_LONGEST_TITLE = 200


class Compiled:
    """Start tasks by the extension."""

    def __init__(self, loop: Loop) -> None:
        from ostler.executor.linux import _launch

        self._clone = _launch.launch
        self._workers = Workers(loop)
        self._shapes = Shapes()
        self._init = os.open(INIT, os.O_RDONLY | os.O_CLOEXEC)
        self._old_clone = False
        if os.geteuid() == 0:
            # A process that already is the task's user shares this memory until it is the command.
            prctl(PR_SET_DUMPABLE, 0)

    def launch(self, order: Mapping[str, Any], slot_path: str, name: str, done: Told) -> None:
        """Carry out a plan on a thread; what came with the order is closed by whoever took it."""
        own = {**order, "passed": [os.dup(each) for each in order.get("passed", ())]}
        self._workers.do(lambda: self._guarded(own, slot_path, name), done)

    def _guarded(self, order: Mapping[str, Any], slot_path: str, name: str) -> Launched | LaunchError:
        try:
            return self.now(order, slot_path, name)
        except Exception:  # noqa: BLE001 - a thread that died of it would leave its task without an answer
            import traceback

            traceback.print_exc()
            return LaunchError("prepare", -1, errno.EIO)
        finally:
            for each in order["passed"]:
                os.close(each)

    def now(self, order: Mapping[str, Any], slot_path: str, name: str) -> Launched | LaunchError:
        """Carry out a plan, and wait for it."""
        try:
            prepared(order["prepare"])
            slot = os.open(slot_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except LaunchError as error:
            return error
        except OSError as error:
            return LaunchError("prepare", -1, error.errno or errno.EIO)
        try:
            answer = self._start(order, slot, name)
        finally:
            os.close(slot)
        if len(answer) == 3:  # noqa: PLR2004 - a failure
            phase, step, number = answer
            return LaunchError(_PHASES[phase], step, number)
        pid, pidfd, main, inode, start_time = answer
        return Launched(pid, pidfd, 0 if "pid" in order["namespaces"] else main, inode, start_time)

    def _start(self, order: Mapping[str, Any], slot: int, name: str) -> tuple[int, ...]:
        answer = self._try(order, slot, name, old_clone=self._old_clone)
        if self._old_clone or answer[0] != _PHASES.index("clone"):
            return answer
        if answer[2] not in {errno.ENOSYS, errno.EPERM}:
            return answer
        again = self._try(order, slot, name, old_clone=True)
        self._old_clone = len(again) != 3 or again[0] != answer[0]  # noqa: PLR2004
        return again

    def _try(self, order: Mapping[str, Any], slot: int, name: str, *, old_clone: bool) -> tuple[int, ...]:
        """Clone, by the older call where a container denies the newer one."""
        packed, values = self._shapes.pack(order, into_cgroup=not old_clone)
        memory, addresses = packed.fill(values, order)
        return self._clone(
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
        )
