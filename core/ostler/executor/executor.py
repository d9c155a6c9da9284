"""The executor: one embedder's door to the supervisor of a data directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from ostler.executor.values import Command, Exit, Host, LogFiles, Process, Stats


class Executor:
    """Start processes, keep them over a restart of the embedder, read their logs, stop them.

    Thread-safe; calls block.  One object per embedding process and data directory is enough.
    """

    def __init__(self, directory: str | Path, *, portable: bool = False) -> None:
        raise NotImplementedError

    def host(self) -> Host:
        """Find out by trying what this machine can isolate and limit; the answer is kept."""
        raise NotImplementedError

    def start(self, command: Command) -> Process:
        """Start a process; raises RefusedError or RecoverableError."""
        raise NotImplementedError

    def wait(self, process: Process, timeout_seconds: float | None = None) -> Exit | None:
        """Wait for the end; None when the time ran out first."""
        raise NotImplementedError

    def on_end(self, callback: Callable[[str, Exit], None]) -> Callable[[], None]:
        """Call back with (id, exit) for each process started or recovered here; gives the unsubscriber."""
        raise NotImplementedError

    def recover(self, process: Process) -> bool:
        """Take up a process again; False when there is no trace of it."""
        raise NotImplementedError

    def stop(self, process: Process, *, grace_seconds: float, signal: str = "SIGINT") -> None:
        """Stop politely, then by force, the whole tree; returns when it is gone."""
        raise NotImplementedError

    def signal(self, process: Process, signal: str) -> None:
        """Send a signal by name or number to the main process."""
        raise NotImplementedError

    def stats(self, process: Process) -> Stats:
        """Measure what the process and its children use now."""
        raise NotImplementedError

    def processes(self) -> list[str]:
        """List the ids that the supervisor knows, ended ones too."""
        raise NotImplementedError

    def forget(self, process: Process) -> None:
        """Remove the record of an ended process; a running one is killed first."""
        raise NotImplementedError

    def collect(self, logs: LogFiles) -> None:
        """Make the FIFO and pump it into rotated files until it is released."""
        raise NotImplementedError

    def follow(self, logs: LogFiles, *, offset: int = 0) -> socket.socket:
        """Give a stream of the log's bytes from ``offset`` on."""
        raise NotImplementedError

    def release(self, logs: LogFiles) -> None:
        """Drain the FIFO, end the followers, remove the FIFO."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go; tasks run on."""
        raise NotImplementedError
