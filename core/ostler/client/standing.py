"""The part of the embedder's door that reaches allocations by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from ostler.executor import Stats, Terminal
    from ostler.executor.streams.feeding import Input
    from ostler.runner.orphans import Orphans
    from ostler.runner.reaching import Executed, Reached
    from ostler.runner.standings import AllocationStanding, Forgotten
    from ostler.runner.workplace import Workplace


class Standing:
    """What a `Client` can do with any allocation that has records in its data directory."""

    _lock: threading.RLock

    def _workplace(self) -> Workplace:
        raise NotImplementedError

    def allocations(self) -> list[AllocationStanding]:
        """Say how every allocation with records in the data directory stands: run, or left by the dead."""
        with self._lock:
            return self._orphans().look()

    def stop(self, allocation: str) -> AllocationStanding:
        """End the allocation whose id begins with these letters, left behind by a process that died.

        One that has ended already is stopped; where nothing but its files is kept, the answer has no tasks.
        MistakeError where there is none, or more than one, or a living process runs it.
        """
        with self._lock:
            return self._orphans().stop(allocation)

    def forget(self, allocation: str) -> Forgotten:
        """Remove the records of such an allocation where `stop` can't, such as for want of its driver.

        What can be ended is; the answer says what was left.  MistakeError as in `stop`.
        """
        with self._lock:
            return self._orphans().forget(allocation)

    def signal(self, allocation: str, signal: str, *, task: str = "") -> None:
        """Send a signal, by name or number, to a task of the allocation whose id begins with these letters.

        ``task`` names it where several run.  MistakeError where none is meant, RefusedError for a signal that
        is not known or where the driver sends none.
        """
        self._reached(allocation, task).signal(signal)

    def stats(self, allocation: str, *, task: str = "") -> Stats:
        """Measure what a task of such an allocation uses now, and what it has used since its start.

        ``task`` and errors are as with `signal`; RefusedError where the driver measures nothing.
        """
        return self._reached(allocation, task).stats()

    def execute(
        self,
        allocation: str,
        command: Sequence[str],
        *,
        task: str = "",
        stdin: Input | None = None,
        on_output: Callable[[str, bytes], None] | None = None,
        timeout_seconds: float | None = None,
    ) -> Executed:
        """Run a command in a task of such an allocation, to its end, and tell its code and what it wrote.

        ``stdin`` are bytes or anything to read them from.  ``on_output(stream, chunk)`` is told what it
        writes, in place of the result.  The code is 124 after a time-out, 128+N when signal N ended it.  The
        command ends with this process.  Errors are those of `signal`; RefusedError also for a
        command that is not there.
        """
        return self._reached(allocation, task).execute(
            command, stdin=stdin, listener=on_output, timeout_seconds=timeout_seconds
        )

    def terminal(self, allocation: str, *, task: str = "", rows: int = 24, columns: int = 80) -> Terminal:
        """Open a terminal for a command that `execute_in` runs in such a task."""
        return self._reached(allocation, task).terminal(rows, columns)

    def execute_in(
        self, terminal: Terminal, allocation: str, command: Sequence[str], *, task: str = ""
    ) -> Executed:
        """Run a command as `execute` does, on a terminal that the caller reads and writes meanwhile."""
        return self._reached(allocation, task).execute_in(terminal, command)

    def _reached(self, allocation: str, task: str) -> Reached:
        from ostler.runner.reaching import reach

        with self._lock:
            return reach(allocation, task, self._workplace())

    def _orphans(self) -> Orphans:
        from ostler.runner.orphans import Orphans

        return Orphans(self._workplace())
