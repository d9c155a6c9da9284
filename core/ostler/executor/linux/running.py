"""What the backend holds of a running task."""

from __future__ import annotations

import os
import select
import signal

from ostler.executor.linux import proc


class Running:
    """Descriptors of a task's init and, once needed, of its main process."""

    def __init__(self, init: int, pidfd: int, main: int) -> None:
        self.init = init
        self.pidfd = pidfd
        self.killed = False
        self.main_pidfd: int | None = None
        self._main = main

    @property
    def is_over(self) -> bool:
        """Whether the init is gone, which may not have been heard of yet."""
        asked = select.poll()
        asked.register(self.pidfd, select.POLLIN)
        return bool(asked.poll(0))

    @property
    def is_alone(self) -> bool:
        """Whether the init has no child left, be it one that it has not reaped yet."""
        return not proc.children(self.init)

    def open_main(self) -> int | None:
        """Open the main process; None when it is gone."""
        if self.main_pidfd is None:
            self.main_pidfd = _open_main(self.init, self._main or proc.first_child(self.init))
        return self.main_pidfd

    def signal(self, number: int) -> None:
        """Signal the main process, or else the init, which passes it on as long as there is one."""
        main = self.open_main()
        _send(self.pidfd if main is None else main, number)

    def kill_init(self) -> None:
        """Kill the init, which leaves what else there is of the task."""
        _send(self.pidfd, signal.SIGKILL)

    def reap(self) -> None:
        """Reap the init, which is gone, where it was this process's own."""
        try:
            os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED)
        except ChildProcessError:
            return

    def close(self) -> None:
        """Close the descriptors."""
        for descriptor in (self.pidfd, self.main_pidfd):
            if descriptor is not None:
                os.close(descriptor)


def _open_main(init: int, main: int) -> int | None:
    """Open the main process, as long as it is surely the init's child."""
    if main == 0:
        return None
    try:
        descriptor = os.pidfd_open(main)
    except OSError:
        return None
    if main == proc.first_child(init) or main in proc.descendants(init):
        return descriptor
    os.close(descriptor)
    return None


def _send(pidfd: int, number: int) -> None:
    try:
        signal.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        return
