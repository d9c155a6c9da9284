"""Run a driver as the runner does, without a runner: directories, outputs, threads, ends."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar

from attrs import evolve

from ostler.drivers import Catalog, Directories, DriverContext, DriverThreads, Filesystem, Located, Task
from ostler.drivers.settings import read
from ostler.errors import OstlerError
from ostler.executor import Executor
from ostler.tasks import TaskFacts, build_allocation, build_task, environment, inherit, keeps
from ostler.testing.running import RunningTask
from ostler.testing.scene import Scene
from ostler.testing.supervision import end_supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ostler.drivers import Capabilities, Driver, Resources, Wrapper

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE_SECONDS: Final = 10.0
logger = logging.getLogger(__name__)


class DriverHarness:
    """One driver, opened as in a process of its host; ``directory`` holds all that is written.

    ``driver`` is the name of an entry point or a class, ``settings`` what its plugin block would hold.
    A hook that takes longer than ``patience_seconds`` counts as hanging.
    """

    def __init__(
        self,
        driver: str | type[Any],
        directory: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        wrappers: Sequence[Wrapper] = (),
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.directory, self.patience_seconds = directory, patience_seconds
        self.name = driver if isinstance(driver, str) else driver.__name__.lower()
        self.catalog = Catalog()
        if not isinstance(driver, str):
            self.catalog.add(self.name, driver)
        self._settings, self._wrappers = settings or {}, wrappers
        self.tasks: list[RunningTask] = []
        self.events: list[tuple[str, str]] = []
        self.state_directory = directory / "state" / self.name
        self.state_directory.mkdir(parents=True, mode=0o700)
        self._filesystem: Filesystem | None = None
        self._asking = threading.Lock()
        self.before = Scene.inside()
        self.open()

    @property
    def capabilities(self) -> Capabilities:
        """What the driver declares."""
        return self.driver.capabilities

    def open(self) -> None:
        """Construct the driver and what it is given."""
        self.executor = Executor(self.directory / "executor")
        self.threads = DriverThreads(self.name)
        self.driver: Driver = self.catalog.open(self.name, self._context(), self._wrappers)

    def leave(self) -> None:
        """End what this process holds of the driver, as a host does that ends; tasks go on."""
        self.call(self.driver.close)
        self.executor.close()
        self.threads.close()

    def reopen(self) -> None:
        """Let another host take the place of this one: nothing is left of it but what is written down."""
        self.leave()
        self.open()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a hook on one of the driver's threads; DriverError when it hangs."""
        return self.threads.call(function, self.patience_seconds, *args, **kwargs)

    def task(
        self, config: Mapping[str, Any], *, name: str = "task", resources: Resources | None = None
    ) -> Task:
        """Prepare a task whose directories don't exist yet; MistakeError if the config is wrong."""
        allocation = self.directory / "allocations" / str(uuid.uuid4())
        task = Task(
            id=f"{allocation.name}/{name}/{os.urandom(4).hex()}",
            name=name,
            allocation_id=allocation.name,
            job_id="conformance",
            group_name="group",
            config=read(self.driver.task_settings, Located(value=dict(config)), path="config"),
            environment={},
            directories=_directories(allocation, name),
        )
        return task if resources is None else evolve(task, resources=resources)

    def run(
        self, config: Mapping[str, Any], *, name: str = "task", resources: Resources | None = None
    ) -> RunningTask:
        """Start a task that does what ``config`` says."""
        return self.start(self.task(config, name=name, resources=resources))

    def start(self, task: Task) -> RunningTask:
        """Make the directories of a prepared task, read its output, and start it."""
        running = RunningTask(self, self.furnish(task))
        self.tasks.append(running)
        running.start()
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
        complete = environment(facts, env={}, inherited=inherited, node={})
        return evolve(task, directories=directories, environment=complete)

    @property
    def filesystem(self) -> Filesystem:
        """What a task sees of the file system on this machine; the driver is asked once."""
        with self._asking:
            if self._filesystem is None:
                found = self.call(self.driver.fingerprint).filesystem
                self._filesystem = self.capabilities.filesystem if found is None else found
            return self._filesystem

    def close(self) -> None:
        """End every task, forget it, and let go of the driver."""
        for running in self.tasks:
            running.clear()
        try:
            self.leave()
        except OstlerError:
            logger.warning("driver %r could not be closed", self.name, exc_info=True)
        end_supervisor(self.directory / "executor")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _context(self) -> DriverContext:
        settings = self.catalog.load(self.name).settings
        return DriverContext(
            name=self.name,
            settings=read(settings, Located(value=dict(self._settings)), path=f"plugin.{self.name}.config"),
            state_directory=self.state_directory,
            executor=self.executor,
            node={},
            logger=logging.getLogger(f"ostler.driver.{self.name}"),
            emit=lambda task_id, message, _: self.events.append((task_id, message)),
        )


def _directories(allocation: Path, name: str) -> Directories:
    task = allocation / name
    places = {"allocation": allocation, "shared": allocation / "alloc", "task": task}
    places |= {"local": task / "local", "secrets": task / "secrets"}
    return Directories(**{key: str(path) for key, path in places.items()})
