"""The hook `execute`."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest

from ostler.drivers import ExecuteRequest, hookspecs
from ostler.errors import OstlerError, RefusedError
from ostler.testing.act import Act
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness

INPUT: Final = b"one\ntwo " * 10_000
TOO_LONG: Final = 124


class ExecutingTests:
    """A command inside a task has streams of its own."""

    @sentence(
        hookspecs.execute,
        "Run a command inside the running task, on the streams that the request names, and return its exit "
        "code.",
    )
    def test_a_command_in_the_task_has_its_outputs_and_code(self, run: Run) -> None:
        """It writes to both streams and fails."""
        inside = Act(stdout="inside", stderr="aside", code=3)
        found = run(Act(seconds=60, inside=inside)).execute(*inside.argv)
        assert (found.code, found.stdout, found.stderr) == (3, b"inside", b"aside")

    @sentence(
        hookspecs.execute,
        "It can read its input to the end, and when the hook returns, all that it wrote is on its outputs.",
    )
    def test_a_command_in_the_task_reads_its_input(self, run: Run) -> None:
        """It writes back what it reads, to the last byte."""
        inside = Act(echo=True)
        found = run(Act(seconds=60, inside=inside)).execute(*inside.argv, stdin=INPUT)
        assert (found.code, found.stdout == INPUT) == (0, True)

    @sentence(
        hookspecs.execute,
        "A command that lasts longer than the request's timeout is ended, with all that it started, and its "
        "code is 124.",
    )
    def test_a_command_in_the_task_is_ended_when_its_time_is_over(
        self, harness: DriverHarness, run: Run
    ) -> None:
        """Nobody holds its outputs any more."""
        inside = Act(seconds=60, child=True)
        running = run(Act(seconds=60, inside=inside))
        found = running.execute(*inside.argv, timeout_seconds=harness.moment_seconds)
        assert (found.code, found.closed) == (TOO_LONG, True)
        assert running.end(0) is None

    @sentence(
        hookspecs.execute, "A driver that has no terminal to give answers ``tty`` with a `RefusedError`."
    )
    def test_a_command_in_the_task_has_a_terminal(self, run: Run, harness: DriverHarness) -> None:
        """It finds one on its streams, or is refused."""
        inside = Act(terminal=True)
        running = run(Act(seconds=60, inside=inside))
        ours, theirs = os.openpty()
        path = os.ttyname(theirs)
        request = ExecuteRequest(
            inside.argv,
            harness.patience_seconds,
            stdin_path=path,
            stdout_path=path,
            stderr_path=path,
            tty=True,
        )
        try:
            harness.call(harness.driver.execute, running.handle, request)
            assert select.select([ours], [], [], 1.0)[0], "nothing was written to the terminal"
            assert os.read(ours, 4096) == b"terminal"
        except RefusedError as error:
            pytest.skip(f"driver {harness.name!r} refuses `tty`: {error}")
        finally:
            os.close(theirs)
            os.close(ours)

    @sentence(hookspecs.execute, "Any other raise means that the command could not be run; the task goes on.")
    def test_a_command_that_can_not_be_run_does_not_harm_the_task(
        self, harness: DriverHarness, run: Run
    ) -> None:
        """A command that doesn't exist is an error or a code."""
        running = run(Act(seconds=60))
        with suppress(OstlerError):
            running.execute("/nonexistent/command")
        assert running.end(harness.moment_seconds) is None
