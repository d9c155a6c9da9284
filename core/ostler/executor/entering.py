"""The part of the executor that runs commands inside running tasks, and what the embedder holds of one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Self

from attrs import evolve

from ostler.errors import RefusedError
from ostler.executor.connection.reservations import not_busy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from ostler.executor.connection.ends import Ends
    from ostler.executor.inside import Output
    from ostler.executor.streams.feeding import Feeder, Input
    from ostler.executor.streams.terminal import Terminal
    from ostler.executor.values import Exit, Process

NO_PROCESS: Final = {"pid": 0, "start_time": 0}
"""Stands for the process of a command that could not be executed, where only its end tells that."""


class Entering:
    """What an `Executor` does with commands inside tasks."""

    _ends: Ends

    def wait(self, process: Process, timeout_seconds: float | None = None) -> Exit | None:
        """Wait for the end; None when the time ran out first."""
        raise NotImplementedError

    def signal(self, process: Process, signal: str | int) -> None:
        """Send a signal."""
        raise NotImplementedError

    def stop(self, process: Process, *, grace_seconds: float, signal: str | int = "SIGINT") -> None:
        """Stop."""
        raise NotImplementedError

    def forget(self, process: Process) -> None:
        """Remove the record of an ended process."""
        raise NotImplementedError

    def _ask(self, do: str, **fields: object) -> Any:  # noqa: ANN401 - what each request answers
        raise NotImplementedError

    def _launch(self, name: str, fields: dict[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        raise NotImplementedError

    def execute(
        self,
        process: Process,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str = "",
        stdin: Input | str | None = None,
        stdout: Output | None = None,
        stderr: Output | None = None,
        terminal: Terminal | None = None,
        timeout_seconds: float | None = None,
    ) -> Execution:
        """Run a command in a running task: in its namespaces and cgroups, as its user, with its rights.

        It has the task's environment, ``env`` added, and starts where the task did, or in ``cwd``.  Its
        streams are files, pipes, host paths or nothing, or one ``terminal``, whose end for the command is
        closed here.  It ends with the task, with this executor and with the caller.  Where Landlock holds
        the task, the command is held apart from it: neither can trace the other.  Raises RefusedError for a
        command that is not there or a task that does not run, RecoverableError for what may pass.
        """
        from ostler.executor import inside

        content = inside.order(
            self._entry(process),
            argv,
            env=env or {},
            cwd=cwd,
            tty=terminal is not None,
            timeout_seconds=timeout_seconds,
        )
        name = f"{process.id}+{os.urandom(4).hex()}"
        with inside.Streams(name, stdin, (stdout, stderr), terminal) as streams:
            found = self._enter(name, {**content, "inside": process.id}, streams.descriptors)
            feeder = streams.feed()
        if terminal is not None:
            terminal.hand_over()
        own = evolve(process, id=name, pid=found["pid"], start_time=found["start_time"])
        return Execution(self, own, terminal, feeder)

    def _entry(self, process: Process) -> dict[str, Any]:
        """Give what of a task's order a command in it needs; RefusedError once the task has ended."""
        entry: dict[str, Any] | None = self._ask("entry", id=process.id)
        if entry is None:
            msg = f"task {process.id!r} does not run, so nothing can be run in it"
            raise RefusedError(msg)
        return entry

    def _enter(self, name: str, content: dict[str, Any], descriptors: Sequence[int]) -> dict[str, Any]:
        from ostler.executor.inside import sentence

        with self._ends.starting(name):
            answer = self._launch(name, {"order": content}, descriptors)
            not_busy(answer)
            if "ok" not in answer:
                raise RefusedError(answer.get("error") or sentence(content, answer["failed"]))
        found: dict[str, Any] = answer["ok"]["process"] or NO_PROCESS
        return found


class Execution:
    """A command that runs in a task; it ends with the task, and when whoever runs it closes it or is gone.

    ``process`` names it to the executor, ``terminal`` is the one that it was given.
    """

    def __init__(
        self, executor: Entering, process: Process, terminal: Terminal | None, feeder: Feeder | None
    ) -> None:
        self._executor = executor
        self._feeder = feeder
        self.process = process
        self.terminal = terminal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait(self, timeout_seconds: float | None = None) -> Exit | None:
        """Wait for its end and that of all it started; None when the time ran out first."""
        return self._executor.wait(self.process, timeout_seconds)

    def signal(self, signal: str | int) -> None:
        """Send it a signal, by name or number."""
        self._executor.signal(self.process, signal)

    def kill(self) -> None:
        """End it by force, with all that it started."""
        self._executor.stop(self.process, grace_seconds=0)

    def close(self) -> None:
        """Forget it; what still runs of it is killed."""
        if self._feeder is not None:
            self._feeder.close()
        self._executor.forget(self.process)
