"""Run a driver as the runner does, without a runner: directories, outputs, threads, ends."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from typing import TYPE_CHECKING

from attrs import evolve

from ostler.drivers import Directories, Filesystem, Located, Task
from ostler.drivers.limits import asked, unheld, unheld_in_words
from ostler.drivers.settings import read
from ostler.errors import OstlerError, RefusedError
from ostler.tasks import TaskFacts, build_allocation, build_task, environment, inherit, keeps
from ostler.testing.hosting import DriverHost
from ostler.testing.running import RunningTask
from ostler.testing.scene import Scene
from ostler.testing.supervision import end_supervisor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any, Self

    from ostler.drivers import Fingerprint, LimitSupport, Resources, Wrapper
    from ostler.testing.scale import Scale
    from ostler.testing.supervision import KeptExecutor

logger = logging.getLogger(__name__)


class DriverHarness(DriverHost):
    """One driver, opened as in a process of its host, and its tasks; ``directory`` holds all that is written.

    ``driver`` is the name of an entry point or a class, ``settings`` what its plugin block would hold, or
    does in a file.
    ``scale`` says how much the kit asks of it; ``kept`` is an executor that others use too.
    """

    def __init__(
        self,
        driver: str | type[Any],
        directory: Path,
        *,
        settings: Mapping[str, Any] | Located | None = None,
        wrappers: Sequence[Wrapper] = (),
        scale: Scale | None = None,
        kept: KeptExecutor | None = None,
    ) -> None:
        super().__init__(driver, directory, settings=settings, wrappers=wrappers, scale=scale, kept=kept)
        self.tasks: list[RunningTask] = []
        self._found: Fingerprint | None = None
        self._asking = threading.Lock()
        self.before = Scene.look()
        self.open()

    def task(
        self,
        config: Mapping[str, Any],
        *,
        name: str = "task",
        env: Mapping[str, str] | None = None,
        resources: Resources | None = None,
    ) -> Task:
        """Prepare a task whose directories don't exist yet; MistakeError if the config is wrong.

        ``env`` is what the job would add to its environment.
        """
        allocation = self.directory / "allocations" / str(uuid.uuid4())
        task = Task(
            id=f"{allocation.name}/{name}/{os.urandom(4).hex()}",
            name=name,
            allocation_id=allocation.name,
            job_id="conformance",
            group_name="group",
            config=read(self.driver.task_settings, Located(value=dict(config)), path="config"),
            environment=env or {},
            directories=_directories(allocation, name),
        )
        return task if resources is None else evolve(task, resources=resources)

    def run(
        self,
        config: Mapping[str, Any],
        *,
        name: str = "task",
        env: Mapping[str, str] | None = None,
        resources: Resources | None = None,
    ) -> RunningTask:
        """Start a task that does what ``config`` says."""
        return self.start(self.task(config, name=name, env=env, resources=resources))

    def start(self, task: Task) -> RunningTask:
        """Make the directories of a prepared task, read its output, and start it.

        Raises RefusedError, as the runner does, if it asks for a limit that nothing holds here.
        """
        if missing := unheld(asked(task.resources, task.config), self.limits):
            said = unheld_in_words(missing)
            msg = f"driver {self.name!r} can't hold all the limits that the task asks for: here {said}"
            raise RefusedError(msg)
        running = self.prepare(self.furnish(task))
        running.start()
        return running

    def prepare(self, task: Task) -> RunningTask:
        """Read the output of a furnished task, which is yet to be started."""
        running = RunningTask(self, task)
        self.tasks.append(running)
        return running

    def furnish(self, task: Task) -> Task:
        """Make the directories of a prepared task and complete its environment."""
        filesystem = self.filesystem
        allocation = build_allocation(self.directory / "allocations", task.allocation_id)
        directories = build_task(allocation, task.name, filesystem=filesystem)
        facts = TaskFacts(
            allocation_id=task.allocation_id,
            task_name=task.name,
            group_name=task.group_name,
            job_id=task.job_id,
            directories=directories,
            filesystem=filesystem,
        )
        inherited = inherit(os.environ, keeps(filesystem))
        complete = environment(facts, env=task.environment, inherited=inherited, node={})
        return evolve(task, directories=directories, environment=complete)

    @property
    def filesystem(self) -> Filesystem:
        """What a task sees of the file system on this machine."""
        found = self.found.filesystem
        return self.capabilities.filesystem if found is None else found

    @property
    def limits(self) -> LimitSupport:
        """How well each limit holds on this machine."""
        return self.found.limits or self.capabilities.limits

    @property
    def found(self) -> Fingerprint:
        """What the driver found on this machine; it is asked once."""
        with self._asking:
            if self._found is None:
                self._found = self.call(self.driver.fingerprint)
            return self._found

    def processes(self) -> list[str]:
        """List the ids of the processes that the executor knows, if it has been used."""
        return self.executor.processes() if self.executor_directory.exists() else []

    def close(self) -> None:
        """End every task, forget it, and let go of the driver."""
        for running in self.tasks:
            running.clear()
        try:
            self.leave()
        except OstlerError:
            logger.warning("driver %r could not be closed", self.name, exc_info=True)
        if self.executor_directory.is_relative_to(self.directory):
            end_supervisor(self.executor_directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _directories(allocation: Path, name: str) -> Directories:
    task = allocation / name
    places = {"allocation": allocation, "shared": allocation / "alloc", "task": task}
    places |= {"local": task / "local", "secrets": task / "secrets"}
    return Directories(**{key: str(path) for key, path in places.items()})
