"""The kit's commands inside a task are ones that real processes can carry out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from ostler import hookimpl
from ostler.drivers import ExecuteResult, Reason
from ostler.executor import Command, Isolation, Limits, Tier
from ostler.testing import DriverConformance, sentences_of
from ostler.testing.conformance.executing import ExecutingTests
from ostler_drivers import acts
from ostler_drivers.raw_exec import RawExec

if TYPE_CHECKING:
    from ostler.drivers import DriverContext, ExecuteRequest, Task, TaskHandle
    from ostler.testing import ConfigFor, DriverHarness
    from ostler.testing.plugin import OpenDriver

# The shell leads a session, so that a terminal that it opens becomes its own.
READING = 'input=$1; shift; exec "$@" < "$input"'


class RunsCommands(RawExec):
    """Start a command beside the task; it is no part of the task, as a real driver's must be."""

    capabilities = evolve(RawExec.capabilities, execute=True)

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self.started: dict[str, Task] = {}

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.started[task.id] = task
        return super().start(task)

    @hookimpl
    def execute(self, handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult:
        task, executor = self.started[handle.task_id], self.context.executor
        command = Command(
            id=f"{task.id}/{os.urandom(4).hex()}",
            argv=("/bin/sh", "-c", READING, "sh", request.stdin_path, *request.command),
            env=task.environment,
            cwd=task.directories.task,
            stdout=request.stdout_path,
            stderr=request.stderr_path,
            isolation=Isolation(minimum=Tier.NONE),
            limits=Limits(timeout_seconds=request.timeout_seconds),
        )
        process = executor.start(command)
        end = executor.wait(process)
        executor.forget(process)
        assert end
        return ExecuteResult(124 if end.reason is Reason.TIMEOUT else end.code)


OTHERS: dict[str, Any] = {
    name: None for name, _ in sentences_of(DriverConformance) if not hasattr(ExecutingTests, name)
}
Commands: Any = type("Commands", (DriverConformance,), OTHERS)


class TestCommands(Commands):  # type: ignore[misc]
    @pytest.fixture
    def harness(self, open_driver: OpenDriver) -> DriverHarness:
        return open_driver(RunsCommands, {"enabled": True})

    @pytest.fixture
    def config(self) -> ConfigFor:
        return acts.command
